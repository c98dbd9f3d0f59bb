log("a" + "b")
