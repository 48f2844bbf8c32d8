"""The tables of indexes in PostgreSQL: one schema for what there is, and one for each index."""

LAYOUT_VERSION = 1
"""Goes up whenever the tables change so that others' programs would misread them."""

CATALOG = """
CREATE SCHEMA footnote;
CREATE TABLE footnote.layout (version integer NOT NULL);
CREATE TABLE footnote.indexes (
    name text COLLATE "C" PRIMARY KEY,
    schema text NOT NULL UNIQUE,
    generation bigint NOT NULL,
    manifest text NOT NULL,
    changed timestamptz NOT NULL
);
CREATE TABLE footnote.retired (schema text PRIMARY KEY);
CREATE SEQUENCE footnote.schemas;
"""
"""Of a schema that is retired, readers may still see an earlier state; it is dropped once none does."""

BLOCK_BITS = 14
"""Passages of 2^14 consecutive rows share a list of postings for each form of a word."""


def index_tables(schema: str, dimension: int) -> str:
    """The tables of an empty index, `schema` being a name of this program's own."""
    return f"""
CREATE SCHEMA {schema};
CREATE TABLE {schema}.documents (
    row bigint PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    sha256 text,
    same_as text COLLATE "C",
    metadata json NOT NULL,
    sections json,
    characters integer
);
CREATE INDEX ON {schema}.documents (same_as) WHERE same_as IS NOT NULL;
CREATE TABLE {schema}.texts (document bigint PRIMARY KEY, text text NOT NULL);
CREATE TABLE {schema}.passages (
    row bigint PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    document bigint NOT NULL,
    start integer,
    "end" integer,
    page integer,
    section text COLLATE "C",
    text text NOT NULL,
    metadata json
);
CREATE INDEX ON {schema}.passages (document);
CREATE TABLE {schema}.vectors (row bigint PRIMARY KEY, embedding vector({dimension}) NOT NULL);
ALTER TABLE {schema}.vectors ALTER COLUMN embedding SET STORAGE PLAIN;
CREATE TABLE {schema}.boxes (document bigint, page integer, boxes bytea NOT NULL, PRIMARY KEY (document, page));
ALTER TABLE {schema}.boxes ALTER COLUMN boxes SET STORAGE EXTERNAL;
CREATE TABLE {schema}.postings (
    form text COLLATE "C",
    block integer,
    places bytea NOT NULL,
    counts bytea NOT NULL,
    PRIMARY KEY (form, block)
);
CREATE TABLE {schema}.lengths (block integer PRIMARY KEY, lengths bytea NOT NULL);
CREATE TABLE {schema}.languages (name text PRIMARY KEY);
CREATE TABLE {schema}.dead (row bigint PRIMARY KEY);
CREATE TABLE {schema}.counters (next_document bigint NOT NULL, next_passage bigint NOT NULL);
INSERT INTO {schema}.counters VALUES (0, 0);
"""


# A document without `characters` is known by its passages alone, or has the text of another (`same_as`). `places` are
# rows within their block (uint16), `counts` how often the form stands there (uint8, 255 for more), `lengths` the forms
# of each passage of a block (uint16). `dead` are rows whose postings are still there.
