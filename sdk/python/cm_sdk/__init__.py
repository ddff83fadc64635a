"""What the author of a cm plugin in Python depends on."""
