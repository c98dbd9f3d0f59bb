lifecycle:
  preStop:
    exec:
      command: ["sleep", "15"]
