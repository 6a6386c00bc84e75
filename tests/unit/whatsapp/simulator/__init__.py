"""The pretended WhatsApp, part by part."""
