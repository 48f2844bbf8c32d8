"""What answers with a language model, put together; imported only where one is asked for."""

from llama_index.core.llms import LLM
from llama_index.core.response_synthesizers.base import BaseSynthesizer

from rag.answering.quoting import QuoteSynthesizer
from rag.answering.refusal import RefusalPolicy
from rag.config import Config
from rag.llm.call import ModelConduct
from rag.llm.checked_synthesizer import CheckedSynthesizer, CheckingPolicy, WrappedSynthesizer
from rag.llm.condenser import Condenser
from rag.llm.grounding import Grounder
from rag.llm.phrases import PhraseChecker
from rag.llm.prompts import load_prompts
from rag.llm.providers import load_llm
from rag.llm.support import SupportChecker
from rag.llm.synthesizer import ModelLimits, ModelSynthesizer
from rag.models.packaged_model import load_tokenizer, packaged_model
from rag.models.reader import ReaderModel
from rag.models.verifier import VerifierModel
from rag.retrieval.follow_up import FollowUpTransform


def model_parts(
    config: Config,
    quoting: QuoteSynthesizer,
    refusal: RefusalPolicy,
    reader: ReaderModel | None,
    llm: LLM | None = None,
    synthesizer: BaseSynthesizer | None = None,
) -> tuple[CheckedSynthesizer, FollowUpTransform]:
    """What answers with a language model, and what makes follow-up questions whole. Raises ConfigError.

    `reader` says whether a phrase is an answer, where it knows the language. `llm` takes the place of the one that
    `config` names; `synthesizer` writes in the place of ours.
    """
    grounder = Grounder(SupportChecker(VerifierModel()), PhraseChecker(reader) if reader else None)
    policy = CheckingPolicy(config.unsupported, config.llm_fallback, config.llm_if_refused)
    writing: CheckedSynthesizer | None = None
    if synthesizer:
        writing = WrappedSynthesizer(synthesizer, quoting, refusal, grounder, policy)
        if not llm and not config.llm:
            return writing, FollowUpTransform()
    model = llm or load_llm(config)
    name = llm.metadata.model_name if llm else str(config.llm)
    prompts, tokenizer = load_prompts(config.prompts), load_tokenizer(packaged_model())

    def count_tokens(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    conduct = ModelConduct()
    condenser = Condenser(model, name, config.llm_fallback, config.llm_retries, prompts, count_tokens, conduct)
    if not writing:
        limits = ModelLimits(config.llm_passages, config.llm_answer_tokens, config.llm_retries)
        writing = ModelSynthesizer(
            *(model, name, quoting, refusal, grounder, policy, limits, prompts, count_tokens, conduct)
        )
    return writing, condenser
