//! The audit account: trails, findings, access for auditors; alarms are recorded once a day.

use serde_json::json;

use super::data::{bucket, bucket_policy, key, topic};
use super::places::{AUDIT, IRELAND, Place, TOKYO, VIRGINIA};
use super::plan::Plan;
use super::resource::{global_key, key_of};
use super::security::{
    alarm, detector, inline, policy, recorder, role, role_id, service_role, trail, version,
};
use super::text::pick;
use super::time::{DAY, MONTHS, at, on};

/// Audit in its home region.
pub(crate) const HOME: Place = Place::new(AUDIT, TOKYO);
/// Its second region.
pub(crate) const SECOND: Place = Place::new(AUDIT, VIRGINIA);
/// The region it never used before November 2024.
pub(crate) const THIRD: Place = Place::new(AUDIT, IRELAND);

/// The alarms that a daily recorder watches.
const ALARMS: [(&str, &str); 3] = [
    ("root-login", "RootLogin"),
    ("console-without-mfa", "ConsoleSignInWithoutMfa"),
    ("unauthorized-calls", "UnauthorizedApiCalls"),
];

/// Tells the account's story, but for the incidents.
pub(crate) fn tell(plan: &mut Plan) {
    begin(plan);
    for month in MONTHS {
        if month != (2023, 11) {
            upkeep(plan, month);
        }
        alarms(plan, month);
    }
    plan.snapshot(at("2024-05-31 18:20"), HOME);
    plan.snapshot(at("2024-11-30 18:20"), HOME);
}

fn begin(plan: &mut Plan) {
    let (start, old) = (at("2023-11-06 05:05"), at("2021-10-20 01:00"));
    plan.discover(start, recorder(HOME, &["AWS::CloudWatch::Alarm"]));
    plan.discover(
        start,
        trail(HOME, "org-trail", &format!("example-org-trail-{AUDIT}")),
    );
    for name in ["org-trail", "config-history", "findings"] {
        plan.discover(start, bucket(HOME, &format!("example-{name}-{AUDIT}"), old));
    }
    plan.discover(start, key(HOME, "trail", old));
    plan.discover(start, topic(HOME, "alerts"));
    plan.discover(start, detector(HOME));
    let security = json!({"AWS": format!("arn:aws:iam::{AUDIT}:root")});
    for name in ["OrgAuditReadOnly", "IncidentResponder"] {
        plan.discover(start, role(HOME, name, &security, old));
    }
    plan.discover(
        start,
        service_role(HOME, "findings-forwarder", "lambda", old),
    );
    plan.discover(
        start,
        policy(HOME, "audit-read", &["config:*", "cloudtrail:Lookup*"], old),
    );
    let start = at("2023-11-06 05:25");
    plan.discover(start, recorder(SECOND, &[]));
    plan.discover(start, detector(SECOND));
    for (name, metric) in ALARMS {
        let mut alarm = alarm(HOME, name, metric, old);
        alarm.daily = true;
        plan.discover(at("2023-11-07 00:02"), alarm);
    }
}

/// Alarms flap now and then; once a threshold is really changed.
fn alarms(plan: &mut Plan, month: (i16, u8)) {
    for (number, (name, _)) in ALARMS.into_iter().enumerate() {
        let alarm = key_of(HOME, "AWS::CloudWatch::Alarm", name);
        for turn in 0..2 {
            let label = format!("{name} {month:?} {turn}");
            let day = 9 + 9 * turn + pick(&format!("{month:?} {turn}"), 4);
            if pick(&label, 3) == 0 && number != 0 {
                continue;
            }
            let moment = on(month, day, "00:02");
            let raised = pick(&label, 5) == 1;
            plan.update(moment, &alarm, move |alarm| {
                let flapped = alarm.now - DAY / 3;
                alarm.set("/stateTransitionedTimestamp", json!(flapped));
                if raised {
                    alarm.add("/threshold", 1);
                    alarm.set("/alarmConfigurationUpdatedTimestamp", json!(flapped));
                }
            });
        }
    }
}

/// Policies, keys and findings.
fn upkeep(plan: &mut Plan, month: (i16, u8)) {
    let (year, number) = month;
    let start = on(month, 6 + pick(&format!("audit {month:?}"), 4), "04:30");
    let forwarder = role_id(HOME, "findings-forwarder");
    let forwarder = global_key(HOME, "AWS::IAM::Role", &forwarder);
    let actions = if number % 2 == 0 {
        "sqs:SendMessage"
    } else {
        "sns:Publish"
    };
    plan.update(start, &forwarder, move |role| {
        role.set("/rolePolicyList", inline("forward", &[actions]));
    });
    let responder = global_key(HOME, "AWS::IAM::Role", &role_id(HOME, "IncidentResponder"));
    plan.update(start, &responder, move |role| {
        role.set(
            "/roleLastUsed",
            json!({"region": TOKYO, "lastUsedDate": format!("{year}-{number:02}-05T02:10:00Z")}),
        );
    });
    let findings = key_of(
        HOME,
        "AWS::S3::Bucket",
        &format!("example-findings-{AUDIT}"),
    );
    plan.update(start, &findings, move |bucket| {
        bucket.retag("last-review", &format!("{year}-{number:02}"));
    });
    let history = format!("example-config-history-{AUDIT}");
    let history_key = key_of(HOME, "AWS::S3::Bucket", &history);
    plan.update(start, &history_key, move |bucket| {
        let action = if number % 2 == 0 {
            "s3:DeleteObject"
        } else {
            "s3:DeleteObject*"
        };
        bucket.supplement(
            "/BucketPolicy/policyText",
            json!(bucket_policy(&history, "Deny", action)),
        );
    });
    for place in [HOME, SECOND] {
        let detector = detector(place).key();
        let frequency = if number % 2 == 0 {
            "ONE_HOUR"
        } else {
            "SIX_HOURS"
        };
        plan.update(on(month, 22, "02:45"), &detector, move |detector| {
            detector.set("/FindingPublishingFrequency", json!(frequency));
        });
    }
    if number % 3 == 0 {
        let policy = policy(HOME, "audit-read", &[], 0).key();
        let name = format!("v{}", 1 + number / 3);
        plan.update(on(month, 27, "05:15"), &policy, move |policy| {
            let now = policy.now;
            let actions = ["config:*", "cloudtrail:Lookup*", "securityhub:Get*"];
            policy.set("/policyVersionList/0", version(&name, &actions, now));
            policy.set("/defaultVersionId", json!(name));
        });
    }
}
