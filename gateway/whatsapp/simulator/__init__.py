"""A pretended WhatsApp: engines, phones and a server that behave as the real ones do, without any network."""

from __future__ import annotations

from gateway.whatsapp.simulator.controls import SimulatorControls
from gateway.whatsapp.simulator.engine import SimulatedEngines
from gateway.whatsapp.simulator.world import SimulatedMessage, SimulatedWorld

__all__ = ["SimulatedEngines", "SimulatedMessage", "SimulatedWorld", "SimulatorControls"]
