# expect: error="memory limit exceeded"
# proof: stdout
# A single request for more than there is.
block = b"x" * (700 << 20)
print("ESCAPED: holding", len(block) >> 20, "MiB")
