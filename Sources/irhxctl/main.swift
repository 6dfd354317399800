print("irhxctl")
