"""The HTTP service: `api.app.create_app(detector)`."""
