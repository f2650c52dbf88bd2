//! Events of HTTP requests, in the forms that AWS documents: payload version 2.0 (function URLs,
//! HTTP APIs) and 1.0 (REST APIs).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// Name of the function URL.
pub(super) const URL_HOST: &str = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws";
/// Name of the REST API.
pub(super) const API_HOST: &str = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com";
/// Who signs.
pub(super) const ARN: &str = "arn:aws:sts::123456789012:assumed-role/Auditor/tanaka";

/// A request, of which events are made.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<String>,
    /// Whether IAM checked a signature.
    pub(super) signed: bool,
    /// Whether the body comes in base64.
    pub(super) encoded: bool,
}

impl Asked {
    pub(super) fn get(path: &'static str) -> Self {
        Self {
            method: "GET",
            path,
            headers: Vec::new(),
            body: None,
            signed: true,
            encoded: false,
        }
    }

    pub(super) fn post(path: &'static str, body: &Value) -> Self {
        let asked = Self {
            method: "POST",
            body: Some(body.to_string()),
            ..Self::get(path)
        };
        asked.with("content-type", "application/json")
    }

    /// A message for the MCP endpoint.
    pub(super) fn mcp(message: &Value) -> Self {
        Self::post("/mcp", message).with("accept", "application/json, text/event-stream")
    }

    /// November, in the article's words.
    pub(super) fn november() -> Self {
        Self::post("/", &json!({"target_year": "2024", "target_month": "11"}))
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(given, _)| given != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn unsigned(mut self) -> Self {
        self.signed = false;
        self
    }

    pub(super) fn encoded(mut self) -> Self {
        self.encoded = true;
        self
    }

    fn sent_body(&self) -> Option<String> {
        let body = self.body.clone()?;
        Some(if self.encoded {
            BASE64_STANDARD.encode(body)
        } else {
            body
        })
    }

    /// The event of a function URL, payload version 2.0.
    pub(super) fn to_url(&self) -> Value {
        let mut headers = json!({
            "host": URL_HOST,
            "user-agent": "curl/8.5.0",
            "x-amzn-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            "x-forwarded-for": "192.0.2.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        });
        for (name, value) in &self.headers {
            headers[name.as_str()] = json!(value);
        }
        let mut context = json!({
            "accountId": "anonymous",
            "apiId": "abcdefghijklmnopqrstuvwxyz012345",
            "domainName": URL_HOST,
            "domainPrefix": "abcdefghijklmnopqrstuvwxyz012345",
            "http": {
                "method": self.method, "path": self.path, "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.7", "userAgent": "curl/8.5.0",
            },
            "requestId": "3d4f2c1a-6a55-4c0e-9a51-6f8a7a2f7d11",
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Dec/2024:00:00:00 +0000",
            "timeEpoch": 1_733_011_200_000_u64,
        });
        if self.signed {
            context["accountId"] = json!("123456789012");
            context["authorizer"] = json!({"iam": {
                "accessKey": "ASIAEXAMPLE", "accountId": "123456789012",
                "callerId": "AROAEXAMPLE:tanaka", "cognitoIdentity": null,
                "principalOrgId": "o-exampleorg1", "userArn": ARN,
                "userId": "AROAEXAMPLE:tanaka",
            }});
        }
        let mut event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": self.path, "rawQueryString": "",
            "headers": headers, "requestContext": context, "isBase64Encoded": self.encoded,
        });
        if let Some(body) = self.sent_body() {
            event["body"] = json!(body);
        }
        event
    }

    /// The event of an HTTP API with a named stage, payload version 2.0: its path has the stage.
    pub(super) fn to_http_api(&self, stage: &str) -> Value {
        let mut event = self.to_url();
        let path = format!("/{stage}{}", self.path);
        event["rawPath"] = json!(path);
        event["headers"]["host"] = json!(API_HOST);
        let context = &mut event["requestContext"];
        context["domainName"] = json!(API_HOST);
        context["http"]["path"] = json!(path);
        context["stage"] = json!(stage);
        event
    }

    /// The event of a REST API, payload version 1.0: its path has no stage.
    pub(super) fn to_rest_api(&self, stage: &str) -> Value {
        let mut headers = json!({
            "Host": API_HOST,
            "User-Agent": "curl/8.5.0",
            "X-Forwarded-For": "192.0.2.7",
            "X-Forwarded-Proto": "https",
        });
        for (name, value) in &self.headers {
            let name = if name == "host" { "Host" } else { name };
            headers[name] = json!(value);
        }
        let several = headers.as_object().unwrap().iter();
        let several: serde_json::Map<String, Value> = several
            .map(|(name, value)| (name.clone(), json!([value])))
            .collect();
        let signer = |value: &str| self.signed.then(|| value.to_owned());
        json!({
            "resource": "/{proxy+}",
            "path": self.path,
            "httpMethod": self.method,
            "headers": headers,
            "multiValueHeaders": several,
            "queryStringParameters": null,
            "multiValueQueryStringParameters": null,
            "pathParameters": {"proxy": self.path.trim_start_matches('/')},
            "stageVariables": null,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "a1b2c3d4e5",
                "domainName": API_HOST,
                "domainPrefix": "a1b2c3d4e5",
                "extendedRequestId": "JKJaXmPLvHcESHA=",
                "httpMethod": self.method,
                "identity": {
                    "accessKey": signer("ASIAEXAMPLE"), "accountId": signer("123456789012"),
                    "caller": signer("AROAEXAMPLE:tanaka"),
                    "cognitoAuthenticationProvider": null, "cognitoAuthenticationType": null,
                    "cognitoIdentityId": null, "cognitoIdentityPoolId": null,
                    "principalOrgId": null, "sourceIp": "192.0.2.7",
                    "user": signer("AROAEXAMPLE:tanaka"), "userAgent": "curl/8.5.0",
                    "userArn": signer(ARN),
                },
                "path": format!("/{stage}{}", self.path),
                "protocol": "HTTP/1.1",
                "requestId": "3d4f2c1a-6a55-4c0e-9a51-6f8a7a2f7d11",
                "requestTime": "01/Dec/2024:00:00:00 +0000",
                "requestTimeEpoch": 1_733_011_200_000_u64,
                "resourceId": "123456",
                "resourcePath": "/{proxy+}",
                "stage": stage,
            },
            "body": self.sent_body(),
            "isBase64Encoded": self.encoded,
        })
    }
}
