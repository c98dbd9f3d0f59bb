log("[31mred[0m" [2J)
