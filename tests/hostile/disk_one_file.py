# expect: error="file size limit exceeded"
# proof: stdout
# One file of more than 64 MiB.
with open("large", "wb") as f:
    for _ in range(80):
        f.write(b"x" * (1 << 20))
print("ESCAPED:", f.name, "is 80 MiB")
