"""What goes in and out, as pydantic models: validation and documentation in one."""
