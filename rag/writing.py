"""What a language model needs beside it, put together; imported only where one is configured."""

from rag.condense import Condenser
from rag.config import Config
from rag.embed import load_tokenizer, packaged_model
from rag.generate import ModelSynthesizer
from rag.ground import Grounder
from rag.llm import load_llm
from rag.prompts import load_prompts
from rag.refusal import RefusalPolicy
from rag.support import SupportChecker
from rag.synthesize import QuoteSynthesizer
from rag.verifier_model import VerifierModel


def model_parts(
    config: Config, quoting: QuoteSynthesizer, refusal: RefusalPolicy
) -> tuple[ModelSynthesizer, Condenser]:
    """What answers with a language model, and what makes follow-up questions whole with it. Raises ConfigError."""
    llm, prompts = load_llm(config), load_prompts(config.prompts)
    tokenizer = load_tokenizer(packaged_model())

    def count_tokens(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    grounder = Grounder(SupportChecker(VerifierModel()))
    writing = ModelSynthesizer(llm, config, quoting, refusal, grounder, prompts, count_tokens)
    return writing, Condenser(llm, config, prompts, count_tokens)
