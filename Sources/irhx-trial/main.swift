print("irhx-trial")
