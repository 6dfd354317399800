print("irhx-sim")
