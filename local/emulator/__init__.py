"""What runs in the emulator's own process: ministack, guarded, durable, with our interpreter."""
