"""What a language model needs beside it, put together; imported only where one is configured."""

from rag.answering.quoting import QuoteSynthesizer
from rag.answering.refusal import RefusalPolicy
from rag.config import Config
from rag.llm.condenser import Condenser
from rag.llm.grounding import Grounder
from rag.llm.prompts import load_prompts
from rag.llm.providers import load_llm
from rag.llm.support import SupportChecker
from rag.llm.synthesizer import ModelSynthesizer
from rag.models.embedding import load_tokenizer, packaged_model
from rag.models.verifier import VerifierModel


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
