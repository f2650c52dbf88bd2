"""A stand-in for Amazon Athena on loopback: see ../README.md."""
