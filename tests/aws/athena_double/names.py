"""Which names a statement reads and which it puts out."""

from sqlglot import exp

from .errors import Failed

UNNAMED = "__unnamed__"


def physical_tables(tree):
    """exp.Table nodes that are no CTE."""
    found = []
    for node in tree.find_all(exp.Table):
        if not isinstance(node.this, exp.Identifier):
            continue
        if not node.args.get("db") and _cte(node):
            continue
        found.append(node)
    return found


def _cte(node):
    name, at = node.name.lower(), node
    while at is not None:
        for cte in at.ctes if isinstance(at, exp.Query) else ():
            if cte.alias.lower() == name:
                return cte
        at = at.parent
    return None


def names_of(select, columns):
    """Output names of a query, or None where unknown. `columns` maps id(Table) -> [name]."""
    if isinstance(select, exp.Subquery):
        return names_of(select.this, columns)
    if isinstance(select, exp.SetOperation):
        return names_of(select.this, columns)
    if isinstance(select, exp.Values):
        return None
    if not isinstance(select, exp.Select):
        return None
    out = []
    for item in select.expressions:
        if isinstance(item, exp.Star) or isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            known = source_names(select, columns)
            if known is None:
                return None
            out += known
        elif item.alias_or_name:
            out.append(item.alias_or_name.lower())
    return out


def source_names(select, columns):
    """Every column name that the FROM of a SELECT offers, or None where unknown."""
    sources = []
    start = select.args.get("from_") or select.args.get("from")
    if start is not None:
        sources.append(start.this)
    sources += [join.this for join in select.args.get("joins") or []]
    sources += select.args.get("laterals") or []
    out = []
    for source in sources:
        alias = source.args.get("alias")
        named = [c.name.lower() for c in alias.columns] if isinstance(alias, exp.TableAlias) and alias.columns else None
        if named is None and isinstance(source, exp.Table):
            if id(source) in columns:
                named = columns[id(source)]
            else:
                cte = _cte(source)
                if cte is not None:
                    listed = cte.args.get("alias")
                    if isinstance(listed, exp.TableAlias) and listed.columns:
                        named = [c.name.lower() for c in listed.columns]
                    elif cte.find(exp.Table) is not None and any(t is source for t in cte.find_all(exp.Table)):
                        named = None
                    else:
                        named = names_of(cte.this, columns)
        elif named is None and isinstance(source, exp.Subquery):
            named = names_of(source.this, columns)
        if named is None:
            return None
        offset = source.args.get("offset")
        out += named + ([offset.name.lower()] if isinstance(offset, exp.Identifier) else [])
        nested = source.args.get("joins") if isinstance(source, (exp.Table, exp.Subquery)) else None
        if nested:
            return None
    return out


def check_aliases(tree, columns):
    """A select alias stands nowhere but in ORDER BY; DuckDB is more generous than Trino."""
    for select in tree.find_all(exp.Select):
        aliases = {item.alias.lower() for item in select.expressions if isinstance(item, exp.Alias)}
        if not aliases:
            continue
        offered = source_names(select, columns)
        if offered is None:
            continue
        aliases -= set(offered)
        places = [x.this if isinstance(x, exp.Alias) else x for x in select.expressions]
        for key in ("where", "group", "having"):
            places.append(select.args.get(key))
        places += [j.args.get("on") for j in select.args.get("joins") or []]
        for place in places:
            for column in _columns(place):
                if column.parts[0].name.lower() in aliases and not _is_source(select, column):
                    raise Failed("COLUMN_NOT_FOUND",
                                 f"line 1:1: Column '{column.parts[0].name.lower()}' cannot be resolved")


def _columns(node):
    if node is None or isinstance(node, exp.Query):
        return
    if isinstance(node, exp.Column):
        yield node
        return
    for child in node.iter_expressions():
        yield from _columns(child)


def _is_source(select, column):
    if len(column.parts) == 1:
        return False
    name = column.parts[0].name.lower()
    start = select.args.get("from_") or select.args.get("from")
    sources = ([start.this] if start is not None else []) + [j.this for j in select.args.get("joins") or []]
    return any((s.alias_or_name or "").lower() == name for s in sources)


def name_outputs(tree):
    """Marks the unnamed columns of the outermost SELECT; the engine numbers them."""
    at = tree
    while isinstance(at, (exp.SetOperation, exp.Subquery)):
        at = at.this
    if not isinstance(at, exp.Select):
        return
    for item in list(at.expressions):
        inner = item.unnest() if isinstance(item, exp.Paren) else item
        if isinstance(inner, (exp.Alias, exp.Column, exp.Star)):
            continue
        name = inner.name.lower() if isinstance(inner, exp.Dot) else UNNAMED
        holder = exp.Placeholder()
        item.replace(holder)
        holder.replace(exp.alias_(item, name, quoted=True, copy=False))


def subtle_star(select):
    """`*` over a view that also has "$path": leave the hidden column out."""
    for item in list(select.expressions):
        star = item if isinstance(item, exp.Star) else item.this if isinstance(item, exp.Column) else None
        if isinstance(star, exp.Star):
            star.set("except_", [exp.to_identifier("$path", quoted=True)])
