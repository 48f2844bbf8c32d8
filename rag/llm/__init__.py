"""Language models: asked, held to the passages, checked."""
