"""Errors that are shown to a person: what is wrong, where, and what to do."""


class RagError(Exception):
    """Something that the user can put right; the command line prints it and exits with code 2."""


class ConfigError(RagError):
    """A setting that does not exist or has an impossible value."""


class DocumentError(RagError):
    """A file or folder that cannot be read as documents."""


class IndexFolderError(RagError):
    """An index that is missing, damaged, or made with other settings."""


class IndexBusyError(IndexFolderError):
    """An index that another program is writing."""


class DatabaseLostError(IndexFolderError):
    """A database of indexes that cannot be reached, and may be later."""


class QuestionError(RagError):
    """A question that cannot be asked as it stands."""


class ModelError(RagError):
    """A model whose files are missing or not the published ones."""


class RunError(RagError):
    """A folder of an evaluation run that is missing, damaged, unfinished, or of something else."""


class WorkerLostError(RagError):
    """Work under which one process of a cluster after the other died."""


class LanguageModelError(RagError):
    """A language model that cannot be reached, refuses, fails, or says nothing."""


class ModelHangsError(LanguageModelError):
    """A language model that gave no words for as long as may be waited."""
