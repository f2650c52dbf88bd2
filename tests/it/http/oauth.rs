//! Tokens of an authorization server, which this test is.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::State, routing::get};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::served::{Served, failure_of, text_of};

/// Ed25519 keys of RFC 8032, section 7.1: tests 1 and 2.
const KEYS: [(&str, &str, &str); 2] = [
    (
        "key-1",
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    ),
    (
        "key-2",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
    ),
];
const AUDIENCE: &str = "https://history.example/mcp";

/// An authorization server on loopback.
struct Issuer {
    url: String,
    keys: Arc<Mutex<Vec<usize>>>,
    fetched: Arc<Mutex<usize>>,
}

type Served2 = (String, Arc<Mutex<Vec<usize>>>, Arc<Mutex<usize>>);

impl Issuer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (keys, fetched) = (Arc::new(Mutex::new(vec![0])), Arc::new(Mutex::new(0)));
        let state: Served2 = (url.clone(), Arc::clone(&keys), Arc::clone(&fetched));
        let metadata = |State((url, ..)): State<Served2>| async move {
            Json(json!({"issuer": url, "jwks_uri": format!("{url}/keys")}))
        };
        let published = |State((_, keys, fetched)): State<Served2>| async move {
            *fetched.lock().unwrap() += 1;
            let mut set: Vec<Value> = keys.lock().unwrap().iter().map(|at| jwk(*at)).collect();
            // Kinds that nobody here knows stand beside them.
            set.push(json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "new", "pub": "AA"}));
            Json(json!({"keys": set}))
        };
        let router = Router::new()
            .route("/.well-known/oauth-authorization-server", get(metadata))
            .route("/keys", get(published))
            .with_state(state);
        tokio::spawn(async move { axum_serve(listener, router).await });
        Self { url, keys, fetched }
    }
}

async fn axum_serve(listener: TcpListener, router: Router) {
    let never = tokio_util::sync::CancellationToken::new();
    let settings = config_history::http::ListenerSettings::default();
    config_history::http::serve(listener, router, settings, never.clone(), never).await;
}

fn jwk(at: usize) -> Value {
    let (id, _, x) = KEYS[at];
    json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": id, "x": x})
}

fn signed(at: usize, id: Option<&str>, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = id.map(str::to_owned);
    encode(&header, claims, &key_of(at)).unwrap()
}

fn key_of(at: usize) -> EncodingKey {
    // PKCS #8 of an Ed25519 key (RFC 8410): a fixed head, then the seed.
    let mut der = hex("302e020100300506032b657004220420");
    der.extend(hex(KEYS[at].1));
    EncodingKey::from_ed_der(&der)
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs()
}

fn claims(issuer: &Issuer) -> Value {
    json!({
        "iss": issuer.url, "aud": [AUDIENCE, "other"], "sub": "alice", "exp": now() + 600,
        "scope": "openid history:read"
    })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

async fn served_by(issuer: &str) -> Served {
    let flags = [
        "--demo",
        "--public-url",
        "https://history.example",
        "--oauth-issuer",
        issuer,
        "--oauth-scope",
        "history:read",
    ];
    Served::start(&flags, &[]).await
}

#[tokio::test]
async fn a_token_of_the_issuer_for_this_server_is_taken() {
    let issuer = Issuer::start().await;
    let served = served_by(&issuer.url).await;
    let token = signed(0, Some("key-1"), &claims(&issuer));
    let answered = served.november().bearer_auth(&token).send().await.unwrap();
    text_of(answered).await;
    assert!(
        served
            .line("caller=\"oauth:alice\"")
            .await
            .contains("status=200")
    );
    // As other servers write them: scopes as a list, the client in place of a person, no key's id.
    let other = with(claims(&issuer), "scope", Value::Null);
    let other = with(other, "scp", json!(["history:read"]));
    let other = with(with(other, "sub", Value::Null), "client_id", json!("robot"));
    let token = signed(0, None, &with(other, "aud", json!(AUDIENCE)));
    let answered = served.november().bearer_auth(&token).send().await.unwrap();
    text_of(answered).await;
    served.line("caller=\"oauth:robot\"").await;
    assert_eq!(*issuer.fetched.lock().unwrap(), 1, "keys are kept");
}

#[tokio::test]
async fn any_other_token_is_refused() {
    let issuer = Issuer::start().await;
    let served = served_by(&issuer.url).await;
    let good = claims(&issuer);
    let id = Some("key-1");
    let none = {
        let token = signed(0, id, &good);
        let claims = token.split('.').nth(1).unwrap().to_owned();
        // {"alg":"none"}
        format!("eyJhbGciOiJub25lIn0.{claims}.")
    };
    let symmetric = {
        let public = jwk(0)["x"].as_str().unwrap().to_owned();
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("key-1".to_owned());
        encode(&header, &good, &EncodingKey::from_secret(public.as_bytes())).unwrap()
    };
    let of_type = |kind: &str| {
        let mut header = Header::new(Algorithm::EdDSA);
        (header.kid, header.typ) = (Some("key-1".to_owned()), Some(kind.to_owned()));
        encode(&header, &good, &key_of(0)).unwrap()
    };
    let critical = {
        let mut header = Header::new(Algorithm::EdDSA);
        (header.kid, header.crit) = (Some("key-1".to_owned()), Some(vec!["exp".to_owned()]));
        encode(&header, &good, &key_of(0)).unwrap()
    };
    let mut cut = signed(0, id, &good);
    cut.truncate(cut.len() - 4);
    for (why, token) in [
        (
            "issuer",
            signed(
                0,
                id,
                &with(good.clone(), "iss", json!("https://other.example")),
            ),
        ),
        (
            "audience",
            signed(
                0,
                id,
                &with(good.clone(), "aud", json!("https://other.example")),
            ),
        ),
        (
            "no audience",
            signed(0, id, &with(good.clone(), "aud", Value::Null)),
        ),
        (
            "expired",
            signed(0, id, &with(good.clone(), "exp", json!(now() - 600))),
        ),
        (
            "never expires",
            signed(0, id, &with(good.clone(), "exp", Value::Null)),
        ),
        (
            "not yet",
            signed(0, id, &with(good.clone(), "nbf", json!(now() + 600))),
        ),
        ("another's key", signed(1, id, &good)),
        ("unknown key", signed(1, Some("key-2"), &good)),
        ("no signature", none),
        ("symmetric", symmetric),
        ("a logout token", of_type("logout+jwt")),
        ("critical", critical),
        ("cut", cut),
        ("no JWT", "abc.def".to_owned()),
    ] {
        let response = served.november().bearer_auth(token).send().await.unwrap();
        let challenge = response.headers().get("www-authenticate");
        let challenge = challenge
            .unwrap_or_else(|| panic!("{why}"))
            .to_str()
            .unwrap();
        assert!(
            challenge.contains("error=\"invalid_token\""),
            "{why}: {challenge}"
        );
        failure_of(response, 401, "unauthorized").await;
    }
}

#[tokio::test]
async fn a_token_that_grants_too_little_is_told_what_is_missing() {
    let issuer = Issuer::start().await;
    let served = served_by(&issuer.url).await;
    let scope = json!("openid history:readonly");
    let narrow = signed(0, Some("key-1"), &with(claims(&issuer), "scope", scope));
    let response = served.november().bearer_auth(narrow).send().await.unwrap();
    let challenge = response.headers()["www-authenticate"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        challenge.contains("error=\"insufficient_scope\""),
        "{challenge}"
    );
    assert!(challenge.contains("scope=\"history:read\""), "{challenge}");
    let error = failure_of(response, 403, "forbidden").await;
    assert!(
        error["message"].as_str().unwrap().contains("history:read"),
        "{error}"
    );
}

#[tokio::test]
async fn who_has_no_token_learns_where_to_get_one() {
    let issuer = Issuer::start().await;
    let served = served_by(&issuer.url).await;
    let response = served.november().send().await.unwrap();
    let challenge = response.headers()["www-authenticate"]
        .to_str()
        .unwrap()
        .to_owned();
    let place = "/.well-known/oauth-protected-resource/mcp";
    let named = format!("resource_metadata=\"https://history.example{place}\"");
    assert!(challenge.contains(&named), "{challenge}");
    for path in [place, "/.well-known/oauth-protected-resource"] {
        let told: Value = served.get(path).send().await.unwrap().json().await.unwrap();
        assert_eq!(told["resource"], AUDIENCE);
        assert_eq!(told["authorization_servers"], json!([issuer.url]));
        assert_eq!(told["scopes_supported"], json!(["history:read"]));
    }
    // Nothing else is told to who has no token.
    failure_of(
        served.get("/readyz").send().await.unwrap(),
        401,
        "unauthorized",
    )
    .await;
    let foreign = served
        .get(place)
        .header("host", "evil.example")
        .send()
        .await
        .unwrap();
    failure_of(foreign, 403, "host_not_allowed").await;
}

#[tokio::test]
async fn new_keys_are_found_and_made_up_ones_do_not_make_us_ask_for_ever() {
    let issuer = Issuer::start().await;
    let served = served_by(&issuer.url).await;
    issuer.keys.lock().unwrap().push(1);
    let token = signed(1, Some("key-2"), &claims(&issuer));
    text_of(served.november().bearer_auth(&token).send().await.unwrap()).await;
    for made_up in 0..20 {
        let token = signed(0, Some(&format!("made-up-{made_up}")), &claims(&issuer));
        let response = served.november().bearer_auth(token).send().await.unwrap();
        failure_of(response, 401, "unauthorized").await;
    }
    assert!(*issuer.fetched.lock().unwrap() <= 2);
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_is_told_and_lets_nobody_in() {
    let issuer = Issuer::start().await;
    // Nobody listens on port 9 of loopback.
    let served = served_by("http://127.0.0.1:9").await;
    let token = signed(0, Some("key-1"), &claims(&issuer));
    let response = served.november().bearer_auth(token).send().await.unwrap();
    assert!(response.headers().contains_key("retry-after"));
    failure_of(response, 503, "busy").await;
}
