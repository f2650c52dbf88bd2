//! Every environment variable that the program reads. Each is named for its flag.

/// `--config`: TOML file whose keys are the names of flags.
pub const CONFIG: &str = "CONFIG_HISTORY_CONFIG";
/// `--demo`: answer from the demo organisation.
pub const DEMO: &str = "CONFIG_HISTORY_DEMO";
/// `--lake`: folder or prefix on S3 that holds AWS Config deliveries.
pub const LAKE: &str = "CONFIG_HISTORY_LAKE";
/// `--athena`: Glue table, `DATABASE.TABLE`.
pub const ATHENA: &str = "CONFIG_HISTORY_ATHENA";
/// `--requester-pays`: pay for reading a lake on S3.
pub const REQUESTER_PAYS: &str = "CONFIG_HISTORY_REQUESTER_PAYS";
/// `--yes`: read a lake on S3 without asking.
pub const YES: &str = "CONFIG_HISTORY_YES";
/// `--ask-above`: US dollars above which somebody is asked before a lake on S3 is read.
pub const ASK_ABOVE: &str = "CONFIG_HISTORY_ASK_ABOVE";
/// `--profile`: profile of the shared AWS configuration.
pub const PROFILE: &str = "CONFIG_HISTORY_PROFILE";
/// `--aws-region`: Region that AWS is asked in.
pub const AWS_REGION: &str = "CONFIG_HISTORY_AWS_REGION";
/// `--endpoint-url`: endpoint of all AWS services.
pub const ENDPOINT_URL: &str = "CONFIG_HISTORY_ENDPOINT_URL";
/// `--role-arn`: role to assume.
pub const ROLE_ARN: &str = "CONFIG_HISTORY_ROLE_ARN";
/// `--external-id`: external id that the role asks for.
pub const EXTERNAL_ID: &str = "CONFIG_HISTORY_EXTERNAL_ID";
/// `--role-session-name`: name of the role's session.
pub const ROLE_SESSION_NAME: &str = "CONFIG_HISTORY_ROLE_SESSION_NAME";
/// `--workgroup`: Athena workgroup.
pub const WORKGROUP: &str = "CONFIG_HISTORY_WORKGROUP";
/// `--output`: where Athena's results go.
pub const OUTPUT: &str = "CONFIG_HISTORY_OUTPUT";
/// `--catalog`: data catalogue of the table.
pub const CATALOG: &str = "CONFIG_HISTORY_CATALOG";
/// `--max-scan`: GB that one question may have Athena scan.
pub const MAX_SCAN: &str = "CONFIG_HISTORY_MAX_SCAN";
/// `--lookback`: days before a period in which the items before its items are looked for.
pub const LOOKBACK: &str = "CONFIG_HISTORY_LOOKBACK";
/// `--reuse-results`: minutes up to which Athena may give an earlier result again.
pub const REUSE_RESULTS: &str = "CONFIG_HISTORY_REUSE_RESULTS";
/// `--memory-limit`: MiB for sorting, grouping and an answer's rows.
pub const MEMORY_LIMIT: &str = "CONFIG_HISTORY_MEMORY_LIMIT";
/// `--timeout`: seconds that one question may take.
pub const TIMEOUT: &str = "CONFIG_HISTORY_TIMEOUT";
/// `--max-file-size`: MiB of one delivered file once inflated.
pub const MAX_FILE_SIZE: &str = "CONFIG_HISTORY_MAX_FILE_SIZE";
/// `--no-cache`: do not keep decoded deliveries.
pub const NO_CACHE: &str = "CONFIG_HISTORY_NO_CACHE";
/// `--cache-size`: GB that the cache of decoded deliveries may take.
pub const CACHE_SIZE: &str = "CONFIG_HISTORY_CACHE_SIZE";
/// `--log`: what goes to the log on standard error, e.g. `info` or `config_history=debug`.
pub const LOG: &str = "CONFIG_HISTORY_LOG";
/// `--timezone`: time zone that bounds months and days.
pub const TIMEZONE: &str = "CONFIG_HISTORY_TIMEZONE";
/// `--account`: accounts, separated by commas.
pub const ACCOUNT: &str = "CONFIG_HISTORY_ACCOUNT";
/// `--region`: Regions, separated by commas.
pub const REGION: &str = "CONFIG_HISTORY_REGION";
/// `--type`: resource types, separated by commas.
pub const TYPE: &str = "CONFIG_HISTORY_TYPE";
/// `--resource`: a resource id or ARN.
pub const RESOURCE: &str = "CONFIG_HISTORY_RESOURCE";
/// `--name`: a resource name.
pub const NAME: &str = "CONFIG_HISTORY_NAME";
/// `--tag`: a tag, `KEY` or `KEY=VALUE`.
pub const TAG: &str = "CONFIG_HISTORY_TAG";
/// `--status`: statuses, separated by commas.
pub const STATUS: &str = "CONFIG_HISTORY_STATUS";
/// `--kind`: change kinds, separated by commas.
pub const KIND: &str = "CONFIG_HISTORY_KIND";
/// `--month`: month, `YYYY-MM`.
pub const MONTH: &str = "CONFIG_HISTORY_MONTH";
/// `--from`: first day or instant.
pub const FROM: &str = "CONFIG_HISTORY_FROM";
/// `--to`: last day (included) or instant (excluded).
pub const TO: &str = "CONFIG_HISTORY_TO";
/// `--group-by`: columns to count by, separated by commas.
pub const GROUP_BY: &str = "CONFIG_HISTORY_GROUP_BY";
/// `--measure`: what to count, separated by commas.
pub const MEASURE: &str = "CONFIG_HISTORY_MEASURE";
/// `--columns`: columns to list, separated by commas.
pub const COLUMNS: &str = "CONFIG_HISTORY_COLUMNS";
/// `--order-by`: order of the rows, separated by commas.
pub const ORDER_BY: &str = "CONFIG_HISTORY_ORDER_BY";
/// `--limit`: rows at most, 0 for all.
pub const LIMIT: &str = "CONFIG_HISTORY_LIMIT";
/// `--cursor`: `next_cursor` of the answer before.
pub const CURSOR: &str = "CONFIG_HISTORY_CURSOR";
/// `--sql`: a statement.
pub const SQL: &str = "CONFIG_HISTORY_SQL";
/// `--format`: form of what is printed.
pub const FORMAT: &str = "CONFIG_HISTORY_FORMAT";
/// `--language`: language of the digest.
pub const LANGUAGE: &str = "CONFIG_HISTORY_LANGUAGE";
/// `--narrative`: who words the digest.
pub const NARRATIVE: &str = "CONFIG_HISTORY_NARRATIVE";
/// `--top`: resources in each list of the digest.
pub const TOP: &str = "CONFIG_HISTORY_TOP";
/// `--no-sql`: serve without SQL.
pub const NO_SQL: &str = "CONFIG_HISTORY_NO_SQL";
/// `--write`: write the schemas instead of comparing them.
pub const WRITE: &str = "CONFIG_HISTORY_WRITE";
/// `--dir`: folder of the schemas.
pub const DIR: &str = "CONFIG_HISTORY_DIR";

/// Not empty: no colour anywhere (<https://no-color.org>).
pub const NO_COLOR: &str = "NO_COLOR";

/// Says whether a variable is set and not empty.
pub fn is_set(name: &str) -> bool {
    read(name).is_some()
}

/// Returns a variable's value; one that is empty or not Unicode counts as not set.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
/// `--at`: instant or day whose state is asked for.
pub const AT: &str = "CONFIG_HISTORY_AT";
/// `--echoes`: list echoes one by one.
pub const ECHOES: &str = "CONFIG_HISTORY_ECHOES";
/// `--baseline`: earlier months to compare with.
pub const BASELINE: &str = "CONFIG_HISTORY_BASELINE";
/// `--by-tag`: key of a tag to break the cost down by.
pub const BY_TAG: &str = "CONFIG_HISTORY_BY_TAG";
/// `--show-secrets`: do not mask secrets.
pub const SHOW_SECRETS: &str = "CONFIG_HISTORY_SHOW_SECRETS";
/// `--allow-writes`: let the server create and update its Glue table.
pub const ALLOW_WRITES: &str = "CONFIG_HISTORY_ALLOW_WRITES";
/// `--location`: where the deliveries lie in S3.
pub const LOCATION: &str = "CONFIG_HISTORY_LOCATION";
/// `--layout`: how a Glue table describes the delivered files.
pub const LAYOUT: &str = "CONFIG_HISTORY_LAYOUT";
/// `--first-year`: first year that a Glue table projects.
pub const FIRST_YEAR: &str = "CONFIG_HISTORY_FIRST_YEAR";
/// `--adopt`: foreign Glue table that may be changed.
pub const ADOPT: &str = "CONFIG_HISTORY_ADOPT";
/// `--verify`: file with a text to be checked.
pub const VERIFY: &str = "CONFIG_HISTORY_VERIFY";
/// `--provider`: where the model is asked.
pub const PROVIDER: &str = "CONFIG_HISTORY_PROVIDER";
/// `--model`: model that is asked.
pub const MODEL: &str = "CONFIG_HISTORY_MODEL";
/// `--model-base-url`: address of the Messages API.
pub const MODEL_BASE_URL: &str = "CONFIG_HISTORY_MODEL_BASE_URL";
/// `--model-timeout`: seconds that a call of the model may take.
pub const MODEL_TIMEOUT: &str = "CONFIG_HISTORY_MODEL_TIMEOUT";
/// `--token-budget`: input tokens of a narrative's call.
pub const TOKEN_BUDGET: &str = "CONFIG_HISTORY_TOKEN_BUDGET";
/// `--requests-per-minute`: requests a minute to the model.
pub const REQUESTS_PER_MINUTE: &str = "CONFIG_HISTORY_REQUESTS_PER_MINUTE";
/// `--input-tokens-per-minute`: input tokens a minute.
pub const INPUT_TOKENS_PER_MINUTE: &str = "CONFIG_HISTORY_INPUT_TOKENS_PER_MINUTE";
/// `--output-tokens-per-minute`: output tokens a minute.
pub const OUTPUT_TOKENS_PER_MINUTE: &str = "CONFIG_HISTORY_OUTPUT_TOKENS_PER_MINUTE";
/// `--tokens-per-day`: tokens a day.
pub const TOKENS_PER_DAY: &str = "CONFIG_HISTORY_TOKENS_PER_DAY";
/// `--usd-per-day`: US dollars a day.
pub const USD_PER_DAY: &str = "CONFIG_HISTORY_USD_PER_DAY";
/// `--cache-dir`: folder of decoded deliveries, of narratives and of what was used.
pub const CACHE_DIR: &str = "CONFIG_HISTORY_CACHE_DIR";
/// `--explain-errors`: have the model explain errors.
pub const EXPLAIN_ERRORS: &str = "CONFIG_HISTORY_EXPLAIN_ERRORS";

/// Key of Anthropic's API. A secret: never a flag, never shown.
pub const ANTHROPIC_API_KEY: &str = "ANTHROPIC_API_KEY";
/// Token of Anthropic's API, for a bearer. A secret.
pub const ANTHROPIC_AUTH_TOKEN: &str = "ANTHROPIC_AUTH_TOKEN";
/// Key of Amazon Bedrock. A secret.
pub const AWS_BEARER_TOKEN_BEDROCK: &str = "AWS_BEARER_TOKEN_BEDROCK";
/// Address of Anthropic's API, as its SDKs read it.
pub const ANTHROPIC_BASE_URL: &str = "ANTHROPIC_BASE_URL";
/// Address of Bedrock's Messages endpoint, as Anthropic's SDKs read it.
pub const ANTHROPIC_BEDROCK_MANTLE_BASE_URL: &str = "ANTHROPIC_BEDROCK_MANTLE_BASE_URL";
/// Address of Bedrock, as Anthropic's SDKs read it.
pub const ANTHROPIC_BEDROCK_BASE_URL: &str = "ANTHROPIC_BEDROCK_BASE_URL";
/// `--http`: address that is served over HTTP.
pub const HTTP: &str = "CONFIG_HISTORY_HTTP";
/// `--allowed-host`: names that the server is asked under, separated by commas.
pub const ALLOWED_HOST: &str = "CONFIG_HISTORY_ALLOWED_HOST";
/// `--allowed-origin`: origins whose pages may ask, separated by commas.
pub const ALLOWED_ORIGIN: &str = "CONFIG_HISTORY_ALLOWED_ORIGIN";
/// `--public-url`: address under which clients reach the server.
pub const PUBLIC_URL: &str = "CONFIG_HISTORY_PUBLIC_URL";
/// `--tokens-file`: file of tokens, `NAME=TOKEN` a line.
pub const TOKENS_FILE: &str = "CONFIG_HISTORY_TOKENS_FILE";
/// `--insecure-no-auth`: let anybody ask.
pub const INSECURE_NO_AUTH: &str = "CONFIG_HISTORY_INSECURE_NO_AUTH";
/// `--oauth-issuer`: authorization server whose tokens are taken.
pub const OAUTH_ISSUER: &str = "CONFIG_HISTORY_OAUTH_ISSUER";
/// `--oauth-audience`: this server as tokens name it.
pub const OAUTH_AUDIENCE: &str = "CONFIG_HISTORY_OAUTH_AUDIENCE";
/// `--oauth-scope`: scopes that a token has to grant, separated by commas.
pub const OAUTH_SCOPE: &str = "CONFIG_HISTORY_OAUTH_SCOPE";
/// `--oauth-jwks-url`: address of the authorization server's keys.
pub const OAUTH_JWKS_URL: &str = "CONFIG_HISTORY_OAUTH_JWKS_URL";
/// `--rate-limit`: requests a minute of one caller.
pub const RATE_LIMIT: &str = "CONFIG_HISTORY_RATE_LIMIT";
/// `--max-concurrent`: requests of one caller that are worked on at once.
pub const MAX_CONCURRENT: &str = "CONFIG_HISTORY_MAX_CONCURRENT";
/// `--metrics`: address that Prometheus asks.
pub const METRICS: &str = "CONFIG_HISTORY_METRICS";
/// `--log-format`: form of the log.
pub const LOG_FORMAT: &str = "CONFIG_HISTORY_LOG_FORMAT";
/// `--otlp-endpoint`: collector that spans go to.
pub const OTLP_ENDPOINT: &str = "CONFIG_HISTORY_OTLP_ENDPOINT";

/// Tokens of the HTTP server, `NAME=TOKEN` between commas or lines. Secrets: never a flag.
pub const TOKENS: &str = "CONFIG_HISTORY_TOKENS";
/// Set where the program runs as an AWS Lambda function: address of its runtime.
pub const AWS_LAMBDA_RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
/// Set by AWS where the program runs on AWS Lambda, Amazon ECS or AWS `CloudShell`.
pub const AWS_EXECUTION_ENV: &str = "AWS_EXECUTION_ENV";
/// Region of AWS; where AWS runs the program, that in which it does.
pub const AWS_OWN_REGION: &str = "AWS_REGION";
/// Endpoint of all AWS services, as the SDKs read it.
pub const AWS_ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";
/// Endpoint of Amazon S3, as the SDKs read it.
pub const AWS_ENDPOINT_URL_S3: &str = "AWS_ENDPOINT_URL_S3";
