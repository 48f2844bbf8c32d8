"""How weights/reader.onnx was made: data in, weights and figures out. `make train-reader`; docs/reader.md."""
