//! Statements of callers, and what each of them is: told by hand, from Trino's documentation.

/// What is to become of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Let through, and a query of Trino.
    Asked,
    /// Let through, for Athena to refuse: it is another dialect.
    Foreign,
    /// A query of Trino that may not be asked.
    NotAllowed,
    /// A statement of Trino that is no query.
    NoQuery,
    /// No single statement of Trino at all, and not let through.
    Nothing,
}

use Meaning::{Asked, Foreign, NoQuery, NotAllowed, Nothing};

/// The statements.
pub(crate) const STATEMENTS: &[(Meaning, &str)] = &[
    (Asked, "SELECT 1"),
    (Asked, "SELECT 1;"),
    (Asked, "(SELECT 1)"),
    (Asked, "VALUES (1, 'a'), (2, 'it''s')"),
    (Asked, "VALUES (1), (2)"),
    (Asked, "select Count(*) from Configuration_Items -- all"),
    (
        Asked,
        "SELECT /* of */ ALL resourceId FROM configuration_items LIMIT 2",
    ),
    (Asked, "SELECT t.* FROM configuration_items t LIMIT 1"),
    (
        Asked,
        "SELECT \"resourceId\" AS \"the id\" FROM \"configuration_items\" WHERE \"day\" = 3",
    ),
    (
        Asked,
        "SELECT DISTINCT resourceType FROM configuration_items ORDER BY 1 DESC NULLS LAST LIMIT ALL",
    ),
    (
        Asked,
        "SELECT resourceId FROM configuration_items ORDER BY 1 OFFSET 2 LIMIT 3",
    ),
    (
        Asked,
        "SELECT resourceId FROM configuration_items ORDER BY 1 OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY",
    ),
    (
        Asked,
        "SELECT resourceId FROM configuration_items ORDER BY 1 FETCH FIRST ROW ONLY",
    ),
    (
        Asked,
        "SELECT day FROM configuration_items ORDER BY 1 FETCH FIRST 2 ROWS WITH TIES",
    ),
    (
        Asked,
        "WITH a AS (SELECT day AS d FROM configuration_items), b (d) AS (SELECT d FROM a) SELECT d, count(*) FROM b GROUP BY d",
    ),
    (
        Asked,
        "SELECT * FROM (WITH a AS (SELECT 1 AS x) SELECT x FROM a) AS t (y)",
    ),
    (Asked, "(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1"),
    (Asked, "SELECT 1 INTERSECT SELECT 1 EXCEPT SELECT 2"),
    (
        Asked,
        "SELECT awsRegion, count(*) FILTER (WHERE day > 3) FROM configuration_items GROUP BY awsRegion HAVING count(*) > 1",
    ),
    (
        Asked,
        "SELECT awsRegion, day, count(*) FROM configuration_items GROUP BY GROUPING SETS ((awsRegion, day), (awsRegion), ())",
    ),
    (
        Asked,
        "SELECT awsRegion, day, count(*) FROM configuration_items GROUP BY ROLLUP (awsRegion, day)",
    ),
    (
        Asked,
        "SELECT awsRegion, day, count(*) FROM configuration_items GROUP BY CUBE (awsRegion, day)",
    ),
    (
        Asked,
        "SELECT day, sum(count(*)) OVER (ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM configuration_items GROUP BY day",
    ),
    (
        Asked,
        "SELECT day, rank() OVER w FROM configuration_items WINDOW w AS (PARTITION BY awsRegion ORDER BY day)",
    ),
    (
        Asked,
        "SELECT lag(arn) IGNORE NULLS OVER (PARTITION BY resourceId ORDER BY configurationItemCaptureTime) FROM configuration_items",
    ),
    (
        Asked,
        "SELECT array_agg(resourceId ORDER BY resourceId DESC) FROM configuration_items",
    ),
    (
        Asked,
        "SELECT listagg(resourceId, ',') WITHIN GROUP (ORDER BY resourceId) FROM configuration_items",
    ),
    (
        Asked,
        "SELECT approx_percentile(day, 0.5), max_by(resourceId, day) FROM configuration_items",
    ),
    (
        Asked,
        "SELECT CAST(day AS varchar), TRY_CAST(resourceId AS bigint), CAST(day AS decimal(10, 2)) FROM configuration_items",
    ),
    (
        Asked,
        "SELECT configurationItemCaptureTime + INTERVAL '2' HOUR FROM configuration_items",
    ),
    (
        Asked,
        "SELECT configurationItemCaptureTime AT TIME ZONE 'Asia/Tokyo' FROM configuration_items",
    ),
    (
        Asked,
        "SELECT count(*) FROM configuration_items WHERE configurationItemCaptureTime >= TIMESTAMP '2024-11-03 00:00:00'",
    ),
    (
        Asked,
        "SELECT EXTRACT(DAY FROM configurationItemCaptureTime), current_date FROM configuration_items",
    ),
    (
        Asked,
        "SELECT date_trunc('day', configurationItemCaptureTime), count(*) FROM configuration_items GROUP BY 1",
    ),
    (
        Asked,
        "SELECT filter(map_keys(tags), k -> k LIKE 'E%') FROM configuration_items",
    ),
    (
        Asked,
        "SELECT transform_values(tags, (k, v) -> lower(v)) FROM configuration_items",
    ),
    (
        Asked,
        "SELECT k, count(*) FROM configuration_items CROSS JOIN UNNEST(map_keys(tags)) AS t (k) GROUP BY k",
    ),
    (
        Asked,
        "SELECT k, v, n FROM configuration_items CROSS JOIN UNNEST(map_keys(tags), map_values(tags)) WITH ORDINALITY AS t (k, v, n)",
    ),
    (
        Asked,
        "SELECT tags['Environment'], element_at(tags, 'Owner') FROM configuration_items WHERE tags['Environment'] IS NOT NULL",
    ),
    (
        Asked,
        "SELECT CASE WHEN day < 10 THEN 'early' ELSE 'late' END, CASE day WHEN 1 THEN 'first' END FROM configuration_items",
    ),
    (
        Asked,
        "SELECT count(*) FROM configuration_items WHERE resourceName IS DISTINCT FROM arn",
    ),
    (
        Asked,
        "SELECT count(*) FROM configuration_items WHERE resourceId LIKE '%\\_%' ESCAPE '\\'",
    ),
    (
        Asked,
        "SELECT count(*) FROM configuration_items WHERE day NOT BETWEEN 3 AND 5 AND awsRegion NOT IN ('a', 'b''c')",
    ),
    (
        Asked,
        "SELECT count(*) FROM configuration_items a WHERE EXISTS (SELECT 1 FROM configuration_items b WHERE b.resourceId = a.arn)",
    ),
    (
        Asked,
        "SELECT count(*) FROM configuration_items WHERE day = (SELECT max(day) FROM configuration_items)",
    ),
    (
        Asked,
        "SELECT count(*) FROM configuration_items a LEFT JOIN configuration_items b USING (resourceId, configurationStateId)",
    ),
    (
        Asked,
        "SELECT count(*) FROM configuration_items a FULL OUTER JOIN (VALUES (1), (2)) AS b (d) ON a.day = b.d",
    ),
    (
        Asked,
        "SELECT ARRAY[1, 2][1], ROW(1, 'a'), MAP(ARRAY['a'], ARRAY[1])['a']",
    ),
    (
        Asked,
        "SELECT resourceType || '/' || resourceId, -day, day % 2, NOT (day > 1) FROM configuration_items",
    ),
    (
        Asked,
        "SELECT substring(resourceId FROM 1 FOR 3), position('a' IN resourceId), trim(LEADING 'a' FROM resourceId) FROM configuration_items",
    ),
    (
        Asked,
        "SELECT regexp_like(resourceId, '^i-[0-9a-f]+$'), coalesce(resourceName, ''), nullif(day, 1), if(day > 1, 2) FROM configuration_items",
    ),
    (
        Asked,
        "SELECT X'65', 1e3, 0.5, TRUE, NULL, DATE '2024-11-01'",
    ),
    (
        Asked,
        "SELECT TRY(json_extract_scalar(configuration, '$.instanceType')) FROM configuration_items WHERE changeKind = 'settings'",
    ),
    (Foreign, "SELECT day::varchar FROM configuration_items"),
    (
        Foreign,
        "SELECT resourceId FROM configuration_items WHERE resourceId ILIKE 'a%'",
    ),
    (
        Foreign,
        "SELECT resourceId FROM configuration_items LIMIT 1, 2",
    ),
    (Foreign, "SELECT [1, 2]"),
    (
        Foreign,
        "SELECT resourceId FROM configuration_items QUALIFY row_number() OVER (ORDER BY day) = 1",
    ),
    (NotAllowed, "TABLE configuration_items"),
    (NotAllowed, "SELECT * FROM lake.awsconfig"),
    (
        NotAllowed,
        "SELECT * FROM \"lake\".\"awsconfig$partitions\"",
    ),
    (NotAllowed, "SELECT * FROM information_schema.tables"),
    (NotAllowed, "SELECT * FROM TABLE(sequence(1, 10))"),
    (
        NotAllowed,
        "SELECT * FROM configuration_items FOR VERSION AS OF 1",
    ),
    (
        NotAllowed,
        "WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT n FROM a",
    ),
    (
        NotAllowed,
        "WITH FUNCTION f(x integer) RETURNS integer RETURN x SELECT f(1)",
    ),
    (NotAllowed, "SELECT 1 WHERE EXISTS (SELECT 1 FROM secret)"),
    (
        NoQuery,
        "INSERT INTO configuration_items SELECT * FROM configuration_items",
    ),
    (NoQuery, "DELETE FROM configuration_items"),
    (NoQuery, "UPDATE configuration_items SET day = 1"),
    (
        NoQuery,
        "MERGE INTO configuration_items USING x ON true WHEN MATCHED THEN DELETE",
    ),
    (NoQuery, "TRUNCATE TABLE configuration_items"),
    (
        NoQuery,
        "CREATE TABLE x AS SELECT * FROM configuration_items",
    ),
    (NoQuery, "CREATE VIEW x AS SELECT 1"),
    (NoQuery, "DROP TABLE configuration_items"),
    (NoQuery, "ALTER TABLE configuration_items RENAME TO x"),
    (NoQuery, "EXPLAIN SELECT 1"),
    (NoQuery, "EXPLAIN ANALYZE SELECT 1"),
    (NoQuery, "SHOW TABLES"),
    (NoQuery, "DESCRIBE configuration_items"),
    (NoQuery, "CALL system.x()"),
    (NoQuery, "PREPARE x FROM SELECT 1"),
    (NoQuery, "EXECUTE x"),
    (NoQuery, "EXECUTE IMMEDIATE 'SELECT 1'"),
    (NoQuery, "SET SESSION x = 1"),
    (NoQuery, "USE lake"),
    (NoQuery, "GRANT SELECT ON configuration_items TO x"),
    (NoQuery, "START TRANSACTION"),
    (NoQuery, "ANALYZE configuration_items"),
    (NoQuery, "COMMENT ON TABLE configuration_items IS 'x'"),
    (Nothing, ""),
    (Nothing, "SELECT 1; SELECT 2"),
    (Nothing, "SELECT 1; DROP TABLE x"),
    (
        Nothing,
        "UNLOAD (SELECT 1) TO 's3://x/' WITH (format = 'JSON')",
    ),
    (Nothing, "MSCK REPAIR TABLE configuration_items"),
    (Nothing, "VACUUM configuration_items"),
    (Nothing, "COPY configuration_items TO 'x'"),
    (Nothing, "SELECT * INTO x FROM configuration_items"),
    (Nothing, "SELECT * FROM configuration_items FOR UPDATE"),
    (Nothing, "SELECT 1 +"),
    (Nothing, "SELECT * FROM 's3://bucket/x.json'"),
];
