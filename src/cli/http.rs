//! The HTTP front as the flags describe it.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::Path,
};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{RunError, args::HttpArgs, commands::CommandError, ended_by_signal, output::tell};
use crate::{
    config::env,
    http::{
        self, Access, AllowedHosts, AllowedOrigins, HttpSettings, ListenerSettings, Metrics,
        OAuthSettings, ResourceServer, Tokens,
    },
    service::{ErrorCode, HistoryService, ServiceError},
};

/// Requests a minute of a caller who has a name, unless said otherwise.
const RATE_OF_CALLERS: u32 = 600;
/// Bytes of a file of tokens at most.
const MAX_TOKENS_BYTES: u64 = 1 << 20;

/// Serves over HTTP until a signal.
pub(super) async fn serve(
    service: HistoryService,
    address: &str,
    args: &HttpArgs,
) -> Result<(), RunError> {
    let address = resolve("--http", address).await?;
    let settings = settings(args, Some(address.ip()))?;
    let metrics = Metrics::default();
    let listener = listen("--http", address).await?;
    let figures = match args.metrics.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => {
            let address = resolve("--metrics", text).await?;
            Some(listen("--metrics", address).await?)
        }
        None => None,
    };
    let (shutdown, stop) = (CancellationToken::new(), CancellationToken::new());
    let (open, named) = (settings.access.is_open(), settings.hosts.clone());
    let router = http::router(service.clone(), settings, metrics.clone(), stop.clone());
    announce(&listener, open, &named);
    if let Some(listener) = figures {
        if let Ok(at) = listener.local_addr() {
            tell(&format!("metrics on http://{at}/metrics"));
        }
        tokio::spawn(http::serve_metrics(listener, metrics, shutdown.clone()));
    }
    let on_signal = shutdown.clone();
    let at_once = stop.clone();
    tokio::spawn(async move {
        ended_by_signal().await;
        on_signal.cancel();
        // Who asks twice does not want to wait for what runs.
        ended_by_signal().await;
        at_once.cancel();
    });
    let served = http::serve(
        listener,
        router,
        ListenerSettings::default(),
        shutdown,
        stop,
    );
    served.await;
    // Statements that still run on Athena are stopped here.
    service.close().await;
    Ok(())
}

/// Serves as an AWS Lambda function.
#[cfg(feature = "lambda")]
pub(super) async fn serve_function(
    service: HistoryService,
    args: &HttpArgs,
) -> Result<(), RunError> {
    let settings = settings(args, None)?;
    let stop = CancellationToken::new();
    let router = http::router(service.clone(), settings, Metrics::default(), stop);
    let ran = crate::lambda::run(router).await;
    service.close().await;
    ran.map_err(RunError::Function)
}

fn announce(listener: &TcpListener, open: bool, hosts: &AllowedHosts) {
    let Ok(at) = listener.local_addr() else {
        return;
    };
    tell(&format!(
        "serving on http://{at}: POST / (the month in words), /mcp (MCP), /healthz, /readyz"
    ));
    if open && (!at.ip().is_loopback() || hosts.names_others()) {
        tell("warning: anybody who reaches this server may ask (--insecure-no-auth)");
    }
    if at.ip().is_unspecified() && !hosts.names_others() {
        tell(
            "note: it answers to localhost only; name it as clients do: --allowed-host or --public-url",
        );
    }
    if !at.ip().is_loopback() {
        tell("note: this is plain HTTP; have TLS ended by what stands before it");
    }
}

/// Gives the flags their meaning. `address` is where the server listens; `None` on AWS Lambda.
fn settings(args: &HttpArgs, address: Option<IpAddr>) -> Result<HttpSettings, ServiceError> {
    let tokens = tokens(
        args.tokens_file.as_deref(),
        env::read(env::TOKENS).as_deref(),
    )?;
    let public_url = args.public_url.as_deref().filter(|url| !url.is_empty());
    let public_host = public_url.map(public_host).transpose()?;
    let access = Access::new(tokens, oauth(args, public_url)?);
    let mut hosts = args.allowed_host.clone();
    hosts.extend(public_host);
    let access = match address {
        _ if !access.is_open() || args.insecure_no_auth => access,
        None => access.signed_only(),
        // A name that others know leads here through a proxy on this machine.
        Some(ip) => match hosts.iter().find(|host| !host.is_empty()) {
            None if ip.is_loopback() => access,
            name => {
                let reached = name.map_or_else(|| ip.to_string(), Clone::clone);
                return Err(invalid(format!(
                    "anybody who reaches {reached} could ask: give tokens (--tokens-file or {}), \
                     name an authorization server (--oauth-issuer), or say --insecure-no-auth",
                    env::TOKENS
                )));
            }
        },
    };
    if let Some(ip) = address.filter(|ip| !ip.is_unspecified()) {
        hosts.push(match ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        });
    }
    hosts.retain(|host| !host.is_empty());
    let mut origins = args.allowed_origin.clone();
    origins.extend(public_url.map(|url| url.trim_end_matches('/').to_owned()));
    origins.retain(|origin| !origin.is_empty());
    let unlimited = access.is_open();
    let per_minute = args
        .rate_limit
        .unwrap_or(if unlimited { 0 } else { RATE_OF_CALLERS });
    Ok(HttpSettings {
        hosts: AllowedHosts::new(&hosts).map_err(|error| invalid(error.to_string()))?,
        origins: AllowedOrigins::new(&origins).map_err(|error| invalid(error.to_string()))?,
        access,
        requests_per_minute: NonZeroU32::new(per_minute),
        at_once: usize::from(args.max_concurrent),
        public_url: public_url.map(str::to_owned),
    })
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(ErrorCode::InvalidArgument, message)
}

fn tokens(file: Option<&Path>, environment: Option<&str>) -> Result<Tokens, ServiceError> {
    let of_environment = Tokens::parse(environment.unwrap_or_default())
        .map_err(|error| invalid(format!("{}: {error}", env::TOKENS)))?;
    let Some(path) = file.filter(|path| !path.as_os_str().is_empty()) else {
        return Ok(of_environment);
    };
    let refused = |why: String| invalid(format!("--tokens-file {}: {why}", path.display()));
    let size = std::fs::metadata(path)
        .map_err(|error| refused(error.to_string()))?
        .len();
    if size > MAX_TOKENS_BYTES {
        return Err(refused("the file is too large".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    let of_file = Tokens::parse(&text).map_err(|error| refused(error.to_string()))?;
    if of_file.is_empty() {
        return Err(refused("there is no token in it".to_owned()));
    }
    of_file
        .with(of_environment)
        .map_err(|error| refused(error.to_string()))
}

fn oauth(
    args: &HttpArgs,
    public_url: Option<&str>,
) -> Result<Option<ResourceServer>, ServiceError> {
    let Some(issuer) = args.oauth_issuer.clone().filter(|url| !url.is_empty()) else {
        return Ok(None);
    };
    let Some(public_url) = public_url else {
        return Err(invalid(
            "--oauth-issuer needs --public-url: clients are told there what to get a token for",
        ));
    };
    let audience = args.oauth_audience.clone().filter(|text| !text.is_empty());
    let settings = OAuthSettings {
        issuer,
        audience: audience.unwrap_or_else(|| format!("{}/mcp", public_url.trim_end_matches('/'))),
        scopes: args
            .oauth_scope
            .iter()
            .filter(|s| !s.is_empty())
            .cloned()
            .collect(),
        jwks_url: args.oauth_jwks_url.clone().filter(|url| !url.is_empty()),
    };
    let server = ResourceServer::new(settings);
    Ok(Some(server.map_err(|error| invalid(error.to_string()))?))
}

/// Returns the host of the public address.
fn public_host(url: &str) -> Result<String, ServiceError> {
    let refused = || invalid("--public-url has to be https://HOST[:PORT] without a path");
    let parsed = reqwest::Url::parse(url).map_err(|_| refused())?;
    let is_plain = matches!(parsed.scheme(), "https" | "http")
        && parsed.path() == "/"
        && parsed.query().is_none()
        && parsed.fragment().is_none()
        && parsed.username().is_empty()
        && parsed.password().is_none();
    let host = parsed.host_str().filter(|_| is_plain).ok_or_else(refused)?;
    Ok(host.to_owned())
}

/// Reads an address; a port alone is one of this machine.
async fn resolve(flag: &str, text: &str) -> Result<SocketAddr, ServiceError> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    let refused = |why: &str| invalid(format!("{flag} {text}: {why}"));
    let mut found = tokio::net::lookup_host(text)
        .await
        .map_err(|_| refused("no address; write HOST:PORT, or a port of 127.0.0.1"))?;
    found
        .next()
        .ok_or_else(|| refused("the name has no address"))
}

async fn listen(flag: &str, address: SocketAddr) -> Result<TcpListener, CommandError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| invalid(format!("{flag} {address}: cannot listen there: {error}")).into())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::{Cli, CliCommand};

    const TOKEN: &str = "a=0123456789abcdef01234567";

    fn settings_of(flags: &[&str], address: Option<&str>) -> Result<HttpSettings, ServiceError> {
        let cli = Cli::try_parse_from(["config-history", "serve"].iter().chain(flags)).unwrap();
        let CliCommand::Serve(args) = cli.command else {
            panic!()
        };
        settings(&args.http, address.map(|ip| ip.parse().unwrap()))
    }

    #[test]
    fn only_this_machine_may_ask_without_a_token() {
        let open = settings_of(&[], Some("127.0.0.1")).unwrap();
        assert!(open.access.is_open());
        assert_eq!(open.requests_per_minute, None);
        for address in ["0.0.0.0", "192.0.2.1", "::"] {
            let refused = settings_of(&[], Some(address)).unwrap_err();
            assert!(
                refused.message().contains("--insecure-no-auth"),
                "{refused}"
            );
            assert!(settings_of(&["--insecure-no-auth"], Some(address)).is_ok());
        }
        // As a function: whoever has signed the request.
        assert!(!settings_of(&[], None).unwrap().access.is_open());
    }

    #[test]
    fn tokens_come_from_a_file_and_the_environment() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(
            tokens(Some(file.path()), Some(TOKEN)).is_err(),
            "an empty file"
        );
        std::fs::write(file.path(), "b=0123456789abcdef01234568\n").unwrap();
        assert!(!tokens(Some(file.path()), None).unwrap().is_empty());
        assert!(!tokens(None, Some(TOKEN)).unwrap().is_empty());
        assert!(tokens(None, None).unwrap().is_empty());
        assert!(tokens(Some(file.path()), Some(TOKEN)).is_ok());
        std::fs::write(file.path(), TOKEN).unwrap();
        let twice = tokens(Some(file.path()), Some(TOKEN)).unwrap_err();
        assert!(!twice.message().contains("abcdef"), "{twice}");
        assert!(tokens(Some(Path::new("/no/such/file")), None).is_err());
    }

    #[test]
    fn an_authorization_server_needs_to_know_for_what() {
        let issuer = ["--oauth-issuer", "https://id.example"];
        assert!(settings_of(&issuer, Some("127.0.0.1")).is_err());
        let flags = [&issuer[..], &["--public-url", "https://history.example"]].concat();
        let settings = settings_of(&flags, Some("0.0.0.0")).unwrap();
        let oauth = settings.access.oauth().unwrap();
        assert_eq!(oauth.audience(), "https://history.example/mcp");
        assert_eq!(
            settings.requests_per_minute,
            NonZeroU32::new(RATE_OF_CALLERS)
        );
        for wrong in ["http://id.example", "id.example", "https://u:p@id.example"] {
            let flags = ["--oauth-issuer", wrong, "--public-url", "https://h.example"];
            assert!(settings_of(&flags, Some("127.0.0.1")).is_err(), "{wrong}");
        }
        for wrong in [
            "history.example",
            "https://history.example/path",
            "ftp://h.example",
        ] {
            let refused = settings_of(&["--public-url", wrong], Some("127.0.0.1"));
            assert!(refused.is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_port_alone_is_one_of_this_machine() {
        let at = |text| resolve("--http", text);
        assert_eq!(at("8080").await.unwrap().to_string(), "127.0.0.1:8080");
        assert_eq!(at("[::1]:1").await.unwrap().to_string(), "[::1]:1");
        for wrong in ["", "localhost", "127.0.0.1", "70000", "no such host:1"] {
            assert!(at(wrong).await.is_err(), "{wrong}");
        }
    }
}
