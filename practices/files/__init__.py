"""Pictures and documents: taken in, looked into, prepared by a worker, shown to those who may see them."""
