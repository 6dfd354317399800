print("irhxd")
