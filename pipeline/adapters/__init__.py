"""Effects. Each foreign library has one border here, where its exceptions become our values."""
