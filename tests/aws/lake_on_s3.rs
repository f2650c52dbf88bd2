//! A lake on S3 is the same lake as in a folder: same answers, read once, and what AWS refuses is
//! told plainly.

use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::{
    Case, case, http,
    program::{Run, finish, program},
    small_lake::{Lake, item},
    tap::Tap,
    world::{World, demo_lake, endpoint, path_text},
};

/// The demo's lake.
const DEMO: &str = "s3://demo-bucket";
/// Where its layout begins.
const ROOT: &str = "o-exampleorg1/AWSLogs";
/// A question that needs all that was delivered.
const QUESTION: &str = "query --month 2024-11 --group-by change_kind --format json";

/// Returns the tests.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = questions()
        .into_iter()
        .map(|(name, asked)| {
            case(format!("lake_on_s3::answers::{name}"), move |world| {
                answers_as_a_folder(world, &asked, "")
            })
        })
        .collect();
    cases.extend(faults().into_iter().map(|(name, rule)| {
        case(format!("lake_on_s3::recovered::{name}"), move |world| {
            recovers(world, &rule)
        })
    }));
    cases.extend(refusals().into_iter().map(|(name, code, words, rule)| {
        case(format!("lake_on_s3::refused::{name}"), move |world| {
            let refused = Asked::new(world, name).through_faults(&json!([rule]))?;
            Ok(refused.refused(code, words)?)
        })
    }));
    cases.extend([
        case("lake_on_s3::a_prefix_inside_the_layout", inside_the_layout),
        case("lake_on_s3::is_read_once", read_once),
        case("lake_on_s3::what_changes_is_noticed", changes),
        case("lake_on_s3::a_large_object", large_object),
        case("lake_on_s3::one_object_that_cannot_be_read", one_denied),
        case("lake_on_s3::no_such_bucket", no_bucket),
        case("lake_on_s3::nothing_delivered", empty),
        case("lake_on_s3::requester_pays", requester_pays),
        case("lake_on_s3::much_needs_a_yes", needs_yes),
        case("lake_on_s3::nothing_is_asked_too_early", lazy),
        case("lake_on_s3::doctor", doctor),
    ]);
    cases
}

fn questions() -> Vec<(&'static str, Vec<&'static str>)> {
    let words = |text: &'static str| text.split(' ').collect::<Vec<&str>>();
    let sql = "SELECT awsRegion, changeKind, count(*) AS n, min(source) AS first FROM \
               configuration_items GROUP BY 1, 2 ORDER BY 1, 2";
    let without_kinds = "SELECT resourceType, count(*) AS n FROM configuration_items GROUP BY 1 \
                         ORDER BY 1";
    vec![
        ("digest", words("summarize 2024-11 --format text")),
        ("digest_as_json", words("summarize 2024-11 --format json")),
        ("months", words("months --format json")),
        (
            "sql",
            vec![
                "query", "--month", "2024-11", "--sql", sql, "--format", "csv",
            ],
        ),
        (
            "sql_without_kinds",
            vec![
                "query",
                "--month",
                "2024-11",
                "--sql",
                without_kinds,
                "--format",
                "json",
            ],
        ),
        ("kinds", words(QUESTION)),
        (
            "part_of_a_month",
            words("query --from 2024-11-05 --to 2024-11-09 --group-by account --format json"),
        ),
        ("anomalies", words("anomalies 2024-11 --format json")),
        ("resource", words("resource orders-create --format json")),
    ]
}

/// A question, with a cache of its own.
struct Asked<'w> {
    world: &'w World,
    cache: PathBuf,
}

impl<'w> Asked<'w> {
    fn new(world: &'w World, name: &str) -> Self {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("s3-cache-{name}"));
        drop(std::fs::remove_dir_all(&cache));
        Self { world, cache }
    }

    fn ask(&self, endpoint: &str, arguments: &[&str]) -> Result<Run, String> {
        finish(
            program(self.world)
                .env("AWS_ENDPOINT_URL", endpoint)
                .args(arguments)
                .args(["--cache-dir", &path_text(&self.cache)]),
        )
    }

    /// Asks the question through microburst, with these rules, which must come to bear.
    fn through_faults(&self, rules: &Value) -> Result<Run, String> {
        // Rules are everybody's.
        let _alone = self.world.watch()?;
        let port = self.world.faults_port()?;
        http::post(port, "/_microburst/rules", rules)?;
        let arguments: Vec<&str> = QUESTION.split(' ').chain(["--lake", DEMO]).collect();
        let asked = self.ask(&endpoint(port), &arguments);
        let fired = http::get(port, "/_microburst/rules")?;
        http::post(port, "/_microburst/rules", &json!([]))?;
        for rule in fired.as_array().into_iter().flatten() {
            if rule["fired_count"].as_u64().unwrap_or(0) < rule["times"].as_u64().unwrap_or(1) {
                return Err(format!("the fault never came: {rule} {asked:#?}"));
            }
        }
        asked
    }
}

/// Counts the requests that a tap has seen since it was asked last: objects read, listings.
fn requests(tap: &Tap) -> (usize, usize) {
    let operations = tap.take_operations();
    let lists = operations
        .iter()
        .filter(|line| line.contains("list-type=2"));
    let lists = lists.count();
    let gets = operations.iter().filter(|line| line.starts_with("GET "));
    (gets.count() - lists, lists)
}

fn answers_as_a_folder(world: &World, asked: &[&str], below: &str) -> Result<(), Failed> {
    let folder = format!("{}{below}", demo_lake());
    let prefix = format!("{DEMO}{below}");
    let name: String = asked
        .concat()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let asking = Asked::new(world, &format!("{:.60}{}", name, below.len()));
    let answer = |lake: &str| -> Result<String, String> {
        let arguments: Vec<&str> = asked.iter().copied().chain(["--lake", lake]).collect();
        let run = asking.ask(&world.endpoint(), &arguments)?;
        run.ended_with(0)?;
        Ok(run.out.replace(lake, "LAKE"))
    };
    let (on_s3, on_disk) = (answer(&prefix)?, answer(&folder)?);
    // Twice: from the cache as well.
    if on_s3 != on_disk || answer(&prefix)? != on_disk {
        return Err(format!("{on_s3}\nis not\n{on_disk}").into());
    }
    Ok(())
}

fn inside_the_layout(world: &World) -> Result<(), Failed> {
    let asked: Vec<&str> = QUESTION.split(' ').collect();
    for below in ["", "/111122223333", "/111122223333/Config/us-east-1"] {
        answers_as_a_folder(world, &asked, &format!("/{ROOT}{below}"))?;
    }
    // A slash at the end is nothing.
    let asking = Asked::new(world, "slash");
    let ask = |lake: &str| {
        let arguments: Vec<&str> = QUESTION.split(' ').chain(["--lake", lake]).collect();
        asking.ask(&world.endpoint(), &arguments)
    };
    let (with, without) = (format!("{DEMO}/{ROOT}/"), format!("{DEMO}/{ROOT}"));
    let (with, without) = (ask(&with)?, ask(&without)?);
    with.ended_with(0)?;
    if with.out != without.out || without.err.contains("s3: reading") {
        return Err(format!("two lakes: {with:#?} {without:#?}").into());
    }
    Ok(())
}

/// 684 objects are in the bucket; those that were delivered are read, one of them to see that it
/// can be, and nothing twice.
fn read_once(world: &World) -> Result<(), Failed> {
    let tap = Tap::to(Some(world.store_port()))?;
    let asking = Asked::new(world, "once");
    let ask = |text: &str| -> Result<(usize, usize), String> {
        let arguments: Vec<&str> = text.split(' ').chain(["--lake", DEMO]).collect();
        asking.ask(&tap.endpoint(), &arguments)?.ended_with(0)?;
        Ok(requests(&tap))
    };
    let delivered = delivered_files(Path::new(&demo_lake()));
    let (read, listed) = ask("summarize 2024-11")?;
    if read != delivered + 1 {
        return Err(format!("{read} requests for {delivered} delivered files").into());
    }
    if listed == 0 {
        return Err("nothing was listed".into());
    }
    for again in ["summarize 2024-11", "months", "anomalies 2024-10"] {
        let (read, _) = ask(again)?;
        if read != 0 {
            return Err(format!("{again} read {read} objects again").into());
        }
    }
    // Of a month without what went before, no more than the months around are read and listed.
    let asking = Asked::new(world, "month");
    let arguments = "query --month 2024-11 --measure items --format csv --lake";
    let arguments: Vec<&str> = arguments.split(' ').chain([DEMO]).collect();
    let mut counts = Vec::new();
    for _ in 0..2 {
        asking.ask(&tap.endpoint(), &arguments)?.ended_with(0)?;
        counts.push(requests(&tap));
    }
    match counts.as_slice() {
        [(first, few), (0, _)] if *first > 0 && *first < delivered && *few < listed => Ok(()),
        counts => Err(format!("objects and listings: {counts:?} of {delivered}, {listed}").into()),
    }
}

fn delivered_files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| {
            let path = entry.path();
            let kind = folder.file_name().and_then(|name| name.to_str());
            if path.is_dir() {
                delivered_files(&path)
            } else {
                usize::from(matches!(kind, Some("ConfigHistory" | "ConfigSnapshot")))
            }
        })
        .sum()
}

/// Looks signed, which is as far as the emulator looks.
const SIGNED: &str = "Authorization: AWS4-HMAC-SHA256 \
                      Credential=test/20261129/us-east-1/s3/aws4_request, SignedHeaders=host, \
                      Signature=x\r\n";

/// A bucket with one account's lake of a few objects, which tests change.
struct Few<'w> {
    world: &'w World,
    bucket: &'static str,
}

impl Few<'_> {
    /// Puts an object, and returns the lake in a folder that has it alone.
    fn put(&self, name: &str, items: &[Value]) -> Result<String, String> {
        let lake = Lake::new(&format!("few-{}-{name}", self.bucket));
        let place = format!("us-east-1/2024/11/5/ConfigHistory/{name}");
        lake.items(&place, items)?;
        let key = Self::key(name);
        let content = std::fs::read(Path::new(&lake.path()).join(&key));
        let content = content.map_err(|error| error.to_string())?;
        let path = format!("/{}/{key}", self.bucket);
        http::send(self.world.store_port(), "PUT", &path, SIGNED, &content)?;
        Ok(lake.path())
    }

    fn remove(&self, name: &str) -> Result<(), String> {
        let path = format!("/{}/{}", self.bucket, Self::key(name));
        http::send(self.world.store_port(), "DELETE", &path, SIGNED, b"").map(drop)
    }

    fn key(name: &str) -> String {
        format!("AWSLogs/111122223333/Config/us-east-1/2024/11/5/ConfigHistory/{name}.json.gz")
    }
}

fn few<'w>(world: &'w World, bucket: &'static str) -> Result<Few<'w>, String> {
    http::send(
        world.store_port(),
        "PUT",
        &format!("/{bucket}"),
        SIGNED,
        b"",
    )?;
    Ok(Few { world, bucket })
}

fn vpc(id: &str, state: u64) -> Value {
    item(
        "AWS::EC2::VPC",
        id,
        "2024-11-05T01:00:00.000Z",
        state,
        &json!({"cidrBlock": "10.0.0.0/16"}),
    )
}

fn changes(world: &World) -> Result<(), Failed> {
    let few = few(world, "changing-bucket")?;
    few.put("a", &[vpc("vpc-1", 1)])?;
    few.put("b", &[vpc("vpc-2", 2)])?;
    let tap = Tap::to(Some(world.store_port()))?;
    let asking = Asked::new(world, "changing");
    // How many objects are read each time, one of them to see that any can be.
    let ids = |read: usize| -> Result<String, Failed> {
        let asked = "query --month 2024-11 --columns resource_id --order-by resource_id --format \
                     csv --lake s3://changing-bucket";
        let asked: Vec<&str> = asked.split_ascii_whitespace().collect();
        let run = asking.ask(&tap.endpoint(), &asked)?;
        run.ended_with(0)?;
        let (found, _) = requests(&tap);
        if found != read {
            return Err(format!("{found} objects were read, not {read}: {run:#?}").into());
        }
        Ok(run.out.lines().skip(1).collect::<Vec<_>>().join(" "))
    };
    let mut told = vec![ids(3)?, ids(0)?];
    // Same key, same size or not: another ETag.
    few.put("b", &[vpc("vpc-3", 3)])?;
    told.push(ids(3)?);
    few.put("c", &[vpc("vpc-4", 4)])?;
    told.push(ids(2)?);
    few.remove("a")?;
    told.push(ids(2)?);
    let expected = [
        "vpc-1 vpc-2",
        "vpc-1 vpc-2",
        "vpc-1 vpc-3",
        "vpc-1 vpc-3 vpc-4",
        "vpc-3 vpc-4",
    ];
    if told == expected {
        Ok(())
    } else {
        Err(format!("{told:?} is not {expected:?}").into())
    }
}

/// Larger than what is fetched whole.
fn large_object(world: &World) -> Result<(), Failed> {
    let few = few(world, "large-bucket")?;
    let mut state = 88_172_645_463_325_252_u64;
    let letters: String = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b' ' + u8::try_from(state % 95).unwrap_or(0))
    })
    .filter(|letter| !matches!(letter, '"' | '\\'))
    .take(26_000_000)
    .collect();
    let mut large = vpc("vpc-large", 1);
    large["configuration"] = json!({"note": letters});
    let folder = few.put("large", &[large, vpc("vpc-small", 2)])?;
    let asking = Asked::new(world, "large");
    let ask = |lake: &str| {
        let sql = "SELECT resourceId, length(configuration) AS n, \
                   substr(configuration, 20000000, 40) AS part FROM configuration_items ORDER BY 1";
        let asked = [
            "query", "--month", "2024-11", "--sql", sql, "--format", "csv",
        ];
        let asked: Vec<&str> = asked.into_iter().chain(["--lake", lake]).collect();
        let run = asking.ask(&world.endpoint(), &asked)?;
        run.ended_with(0).map(|()| run)
    };
    let (found, expected) = (ask("s3://large-bucket")?, ask(&folder)?);
    if found.out == expected.out && found.out.lines().count() == 3 {
        Ok(())
    } else {
        Err(format!("{found:#?} is not {expected:#?}").into())
    }
}

fn faults() -> Vec<(&'static str, Value)> {
    let of = |operation: &str, times: u64, further: Value| {
        let mut rule = json!({"service": "s3", "operation": operation, "times": times});
        if let (Some(rule), Value::Object(further)) = (rule.as_object_mut(), further) {
            rule.extend(further);
        }
        rule
    };
    let slow_down = json!({"error": {"code": "SlowDown", "status": 503, "message": "Please reduce your request rate."}});
    let expired = json!({"error": {"code": "ExpiredToken", "status": 400, "message": "The provided token has expired."}});
    let cut = json!({"response": {"truncate_frac": 0.5}});
    vec![
        ("slow_listing", of("ListObjectsV2", 2, slow_down.clone())),
        ("slow_object", of("GetObject", 3, slow_down)),
        ("expired_object", of("GetObject", 1, expired)),
        ("reset_object", of("GetObject", 2, json!({"reset": true}))),
        (
            "reset_listing",
            of("ListObjectsV2", 1, json!({"reset": true})),
        ),
        ("cut_object", of("GetObject", 2, cut.clone())),
        ("cut_listing", of("ListObjectsV2", 1, cut)),
    ]
}

fn recovers(world: &World, rule: &Value) -> Result<(), Failed> {
    let asked = |lake: &str| {
        QUESTION
            .split(' ')
            .chain(["--lake", lake])
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let folder = finish(program(world).args(asked(&demo_lake())).arg("--no-cache"))?.json()?;
    let name = format!("recovered-{}", rule.to_string().len());
    let found = Asked::new(world, &name).through_faults(&json!([rule]))?;
    found.ended_with(0)?;
    if found.json()?["rows"] == folder["rows"] {
        Ok(())
    } else {
        Err(format!("{found:#?} is not {folder}").into())
    }
}

type Refusal = (&'static str, &'static str, &'static [&'static str], Value);

fn refusals() -> Vec<Refusal> {
    let rule = |operation: &str, code: &str, status: u16, message: &str| json!({"service": "s3", "operation": operation, "error": {"code": code, "status": status, "message": message}});
    let kms = "User: arn:aws:iam::111122223333:user/reader is not authorized to perform: \
               kms:Decrypt on resource: arn:aws:kms:us-east-1:111122223333:key/k because no \
               identity-based policy allows the kms:Decrypt action";
    vec![
        (
            "listing",
            "aws_access_denied",
            &[
                "cannot list s3://demo-bucket/",
                "Access Denied (AccessDenied)",
                "--requester-pays",
            ],
            rule("ListObjectsV2", "AccessDenied", 403, "Access Denied"),
        ),
        (
            "reading",
            "aws_access_denied",
            &[
                "cannot read s3://demo-bucket/",
                "Access Denied (AccessDenied)",
            ],
            rule("GetObject", "AccessDenied", 403, "Access Denied"),
        ),
        (
            "decrypting",
            "aws_access_denied",
            &[
                "is not authorized to perform: kms:Decrypt",
                "the key's own policy",
            ],
            rule("GetObject", "AccessDenied", 403, kms),
        ),
        (
            "a_token_that_expired",
            "aws_credentials",
            &["have expired", "aws sso login"],
            rule(
                "GetObject",
                "ExpiredToken",
                400,
                "The provided token has expired.",
            ),
        ),
    ]
}

/// What one object holds is missing from the answer, which says so; it is looked at again.
fn one_denied(world: &World) -> Result<(), Failed> {
    let few = few(world, "archived-bucket")?;
    few.put("a", &[vpc("vpc-1", 1)])?;
    few.put("b", &[vpc("vpc-2", 2)])?;
    few.put("c", &[vpc("vpc-3", 3)])?;
    let asking = Asked::new(world, "archived");
    let asked = "query --month 2024-11 --columns resource_id --format csv --lake \
                 s3://archived-bucket";
    let asked: Vec<&str> = asked.split_ascii_whitespace().collect();
    let partial = {
        let _alone = world.watch()?;
        let port = world.faults_port()?;
        // Two requests see whether objects can be read at all: the first and the last.
        let rule = json!([{
            "service": "s3", "operation": "GetObject", "times": 3,
            "error": {
                "code": "InvalidObjectState", "status": 403,
                "message": "The operation is not valid for the object's storage class",
            },
        }]);
        http::post(port, "/_microburst/rules", &rule)?;
        let run = asking.ask(&endpoint(port), &asked);
        http::post(port, "/_microburst/rules", &json!([]))?;
        run?
    };
    partial.ended_with(3)?;
    let words = [
        "1 delivered file",
        "storage class",
        "InvalidObjectState",
        "restore",
    ];
    let missing = words.iter().find(|word| !partial.err.contains(**word));
    let whole = asking.ask(&world.endpoint(), &asked)?;
    whole.ended_with(0)?;
    let rows = |run: &Run| run.out.lines().count() - 1;
    if missing.is_some() || (rows(&partial), rows(&whole)) != (2, 3) {
        return Err(format!("{missing:?}: {partial:#?} {whole:#?}").into());
    }
    Ok(())
}

fn no_bucket(world: &World) -> Result<(), Failed> {
    for lake in [
        "s3://nobodys-bucket",
        "s3://nobodys-bucket/x/AWSLogs/111122223333",
    ] {
        let arguments: Vec<&str> = QUESTION.split(' ').chain(["--lake", lake]).collect();
        let refused = Asked::new(world, "nobody").ask(&world.endpoint(), &arguments)?;
        refused.only_error(
            "lake_unreadable",
            &["nobodys-bucket", "NoSuchBucket", "aws s3 ls"],
        )?;
        refused.ended_with(1)?;
    }
    Ok(())
}

fn empty(world: &World) -> Result<(), Failed> {
    few(world, "empty-bucket")?;
    let arguments: Vec<&str> = QUESTION
        .split(' ')
        .chain(["--lake", "s3://empty-bucket/x"])
        .collect();
    let refused = Asked::new(world, "empty").ask(&world.endpoint(), &arguments)?;
    Ok(refused.only_error("lake_empty", &["s3://empty-bucket/x"])?)
}

fn requester_pays(world: &World) -> Result<(), Failed> {
    let tap = Tap::to(Some(world.store_port()))?;
    let paying = format!("{QUESTION} --requester-pays");
    for (asked, expected) in [(paying.as_str(), true), (QUESTION, false)] {
        let arguments: Vec<&str> = asked.split(' ').chain(["--lake", DEMO]).collect();
        let before = tap.calls().len();
        Asked::new(world, "paying")
            .ask(&tap.endpoint(), &arguments)?
            .ended_with(0)?;
        let calls = tap.calls();
        let offered = |call: &&crate::tap::Call| {
            call.head
                .to_ascii_lowercase()
                .contains("x-amz-request-payer: requester")
        };
        let offers = calls.iter().skip(before).filter(offered).count();
        if offers != if expected { calls.len() - before } else { 0 } {
            return Err(format!("{offers} offers to pay in {}", calls.len() - before).into());
        }
    }
    Ok(())
}

fn needs_yes(world: &World) -> Result<(), Failed> {
    let asking = Asked::new(world, "yes");
    let tap = Tap::to(Some(world.store_port()))?;
    let ask = |further: &str| {
        let question = QUESTION.split(' ').chain(["--lake", DEMO]);
        let arguments: Vec<&str> = question.chain(further.split_ascii_whitespace()).collect();
        asking.ask(&tap.endpoint(), &arguments)
    };
    let refused = ask("--ask-above 0.0001")?;
    refused.refused(
        "scan_limit",
        &["--yes", "estimate", "delivered files", "us-east-1"],
    )?;
    refused.ended_with(1)?;
    if requests(&tap).0 != 0 {
        return Err("objects were read without a yes".into());
    }
    let read = ask("--ask-above 0.0001 --yes")?;
    read.ended_with(0)?;
    if !read.err.contains("s3: reading") {
        return Err(format!("no estimate is told: {read:#?}").into());
    }
    // What is in the cache costs nothing, and needs no yes.
    let again = ask("--ask-above 0.0001")?;
    again.ended_with(0)?;
    if again.err.contains("s3: reading") || again.out != read.out {
        return Err(format!("{again:#?}").into());
    }
    Ok(())
}

fn lazy(world: &World) -> Result<(), Failed> {
    let tap = Tap::to(Some(world.store_port()))?;
    let asking = Asked::new(world, "lazy");
    // The name of the lake is all that this needs; the server ends with its input.
    for asked in ["cache clear", "serve"] {
        let arguments: Vec<&str> = asked.split(' ').chain(["--lake", DEMO]).collect();
        asking.ask(&tap.endpoint(), &arguments)?;
    }
    match tap.calls().as_slice() {
        [] => Ok(()),
        calls => Err(format!("asked too early: {calls:?}").into()),
    }
}

fn doctor(world: &World) -> Result<(), Failed> {
    let asking = Asked::new(world, "doctor");
    let tap = Tap::to(Some(world.store_port()))?;
    let findings = |lake: &str| -> Result<(i32, Value), String> {
        let arguments = ["doctor", "--format", "json", "--lake", lake];
        let run = asking.ask(&tap.endpoint(), &arguments)?;
        let report: Value =
            serde_json::from_str(&run.out).map_err(|error| format!("{error}: {run:#?}"))?;
        Ok((run.code, report))
    };
    let status = |report: &Value, check: &str| {
        let all = report["findings"].as_array().into_iter().flatten();
        let mut of = all.filter(|finding| finding["check"] == check);
        of.next().map(|finding| finding["status"].clone())
    };
    let (code, report) = findings(DEMO)?;
    let checks = [
        "AWS Region",
        "AWS credentials",
        "bucket",
        "object",
        "source",
    ];
    let bad = checks
        .iter()
        .find(|check| status(&report, check) != Some(json!("ok")));
    if code != 0 || bad.is_some() {
        return Err(format!("{bad:?}: {report:#}").into());
    }
    if requests(&tap).0 != 1 {
        return Err("more than one object was read".into());
    }
    let (code, report) = findings("s3://nobodys-bucket")?;
    let told = report["findings"].to_string();
    if code != 1 || status(&report, "bucket") != Some(json!("fail")) || !told.contains("aws s3 ls")
    {
        return Err(format!("{report:#}").into());
    }
    Ok(())
}
