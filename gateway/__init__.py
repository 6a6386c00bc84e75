"""The gateway: takes salons from the YCLIENTS marketplace to a working WhatsApp assistant."""
