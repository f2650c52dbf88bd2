"""Parses a statement, and refuses what the Trino grammar refuses as far as users meet it."""

import sqlglot
from sqlglot import exp
from sqlglot.tokens import TokenType as T

from .errors import Failed, Refused, malformed
from .functions import TRINO

QUERY_STARTS = {"SELECT", "WITH", "(", "VALUES", "TABLE"}
STATEMENTS = {"CREATE", "INSERT", "DELETE", "DROP", "ALTER", "UNLOAD", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "MSCK",
              "MERGE", "UPDATE", "EXECUTE", "PREPARE", "DEALLOCATE", "CALL", "TRUNCATE", "VACUUM", "OPTIMIZE", "ANALYZE",
              "GRANT", "REVOKE", "COMMENT", "USE", "SET", "RESET", "START", "COMMIT", "ROLLBACK", "REFRESH", "DENY"}


def _tokens(sql):
    try:
        return sqlglot.tokenize(sql, read="trino")
    except sqlglot.errors.TokenError as error:
        raise malformed(f"line 1:1: {error}") from None


def parse(sql, parameters=()):
    """A query's tree; Refused(MALFORMED_QUERY) or Failed(NOT_SUPPORTED) otherwise."""
    tokens = _tokens(sql)
    holes = [t for t in tokens if t.token_type == T.PLACEHOLDER]
    if len(holes) != len(parameters):
        raise Refused(f"Incorrect number of parameters: expected {len(holes)} but found {len(parameters)}", "INVALID_INPUT")
    if holes:
        for hole, value in reversed(list(zip(holes, parameters))):
            sql = sql[: hole.start] + _literal(value) + sql[hole.end + 1 :]
        tokens = _tokens(sql)
    while tokens and tokens[-1].token_type == T.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise malformed("line 1:1: mismatched input '<EOF>'. Expecting: a statement")
    if any(t.token_type == T.SEMICOLON for t in tokens):
        raise malformed(f"Only one sql statement is allowed. Got: {sql}")
    first = tokens[0].text.upper()
    if first not in QUERY_STARTS and first not in STATEMENTS:
        raise _at(tokens[0])
    if first in QUERY_STARTS:
        _grammar(tokens)
    try:
        tree = sqlglot.parse_one(sql, read="athena")
    except sqlglot.errors.ParseError as error:
        where = (error.errors or [{}])[0]
        raise malformed(f"line {where.get('line', 1)}:{where.get('col', 1)}: mismatched input "
                        f"'{where.get('highlight', '')}'. {where.get('description', '')}") from None
    except sqlglot.errors.SqlglotError as error:
        raise malformed(f"line 1:1: {error}") from None
    if first in STATEMENTS:
        raise Failed("NOT_SUPPORTED", f"This double runs queries only, not {first}")
    if isinstance(tree, exp.Subquery):
        tree = tree.unnest() if not tree.alias else tree
    if not isinstance(tree, exp.Query) or isinstance(tree, exp.Table):
        if not isinstance(tree, exp.Values):
            raise _at(tokens[0])
    _functions(tokens)
    return tree


def _at(token):
    return malformed(f"line {token.line}:{token.col}: mismatched input '{token.text}'")


OPENERS = {T.SELECT, T.COMMA, T.L_PAREN, T.EQ, T.NEQ, T.WHERE, T.AND, T.OR, T.IN, T.THEN, T.ELSE, T.WHEN, T.ON}


def _grammar(tokens):
    """What sqlglot takes and Trino does not."""
    closers = {T.FROM, T.R_PAREN, T.WHERE}
    limits = {}
    depth = 0
    for i, token in enumerate(tokens):
        kind, text = token.token_type, token.text.upper()
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        before = tokens[i - 1] if i else None
        if kind == T.L_PAREN:
            depth += 1
        elif kind == T.R_PAREN:
            limits.pop(depth, None)
            depth -= 1
        elif text == "LIMIT" and kind != T.IDENTIFIER and kind != T.STRING:
            limits[depth] = True
        elif kind == T.SELECT or kind == T.UNION:
            limits.pop(depth, None)
        elif text == "OFFSET" and limits.get(depth) and kind not in (T.IDENTIFIER, T.STRING):
            raise _at(token)
        if kind in (T.STRING, T.IDENTIFIER, T.NUMBER):
            continue
        if text in ("::", "->>", "==", "//", "{", "}", ":=", "~", "^", "@>", "<@", "#>", "&&", "<=>"):
            raise _at(token)
        if text in ("QUALIFY", "ILIKE", "RLIKE", "REGEXP", "ANTI", "SEMI", "ASOF", "PIVOT", "UNPIVOT") and (
                before is None or before.token_type not in (T.DOT, T.ALIAS)):
            raise _at(token)
        if kind == T.L_BRACKET and (before is None or before.token_type in OPENERS):
            raise _at(token)
        if kind == T.COMMA and after is not None and after.token_type in closers:
            raise _at(after)
        if text == "DISTINCT" and after is not None and after.token_type == T.ON:
            raise _at(after)
        if kind == T.STAR and after is not None and after.text.upper() in ("EXCLUDE", "REPLACE") or (
                kind == T.STAR and after is not None and after.text.upper() == "EXCEPT"
                and i + 2 < len(tokens) and tokens[i + 2].token_type == T.L_PAREN
                and tokens[i + 3].token_type not in (T.SELECT, T.WITH, T.L_PAREN, T.VALUES)):
            raise _at(after)
        if kind == T.LIMIT and i + 2 < len(tokens) and tokens[i + 2].token_type == T.COMMA:
            raise _at(tokens[i + 2])
        if text == "ALL" and before is not None and before.token_type in (T.GROUP_BY, T.ORDER_BY):
            if after is None or after.token_type in (T.ORDER_BY, T.HAVING, T.R_PAREN, T.LIMIT):
                raise _at(token)


def _functions(tokens):
    """Names before a parenthesis that are no Trino function."""
    for i, token in enumerate(tokens[:-1]):
        if tokens[i + 1].token_type != T.L_PAREN or token.token_type not in (T.VAR, T.LEFT, T.RIGHT, T.REPLACE):
            continue
        name = token.text.lower()
        before = tokens[i - 1] if i else None
        if name in TRINO or before is not None and before.token_type in (T.ALIAS, T.R_PAREN, T.WITH, T.RECURSIVE):
            continue
        close, depth = i + 1, 0
        while close < len(tokens):
            depth += {T.L_PAREN: 1, T.R_PAREN: -1}.get(tokens[close].token_type, 0)
            if depth == 0:
                break
            close += 1
        following = [t.token_type for t in tokens[close + 1 : close + 3]]
        if following == [T.ALIAS, T.L_PAREN] or before is not None and before.token_type in (T.VAR, T.IDENTIFIER):
            continue
        raise Failed("FUNCTION_NOT_FOUND", f"line {token.line}:{token.col}: Function '{name}' not registered")


def _literal(text):
    """A parameter is an expression in SQL: text wants its single quotes, as with Athena."""
    try:
        value = sqlglot.parse_one(text, read="athena")
    except sqlglot.errors.SqlglotError:
        value = None
    if value is None or value.find(exp.Column, exp.Query):
        raise Failed("INVALID_PARAMETER_USAGE", f"a parameter must be a literal (text in single quotes): {text}")
    return text if isinstance(value, exp.Literal) else f"({text})"
