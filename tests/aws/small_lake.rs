//! Lakes written by hand, for what the demo does not have, and the tables over them.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::world::{World, path_text};

/// The account of every lake here.
pub(crate) const ACCOUNT: &str = "111122223333";
/// A name in which everything stands that ends something somewhere.
pub(crate) const ODD_NAME: &str = "O'Brien \"the\n\t2nd\" \\' \u{2019}; --\u{1f980}";

/// A lake in a folder of the build.
#[derive(Debug)]
pub(crate) struct Lake {
    folder: PathBuf,
}

impl Lake {
    /// Begins an empty lake.
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        drop(fs::remove_dir_all(&folder));
        Self { folder }
    }

    /// Returns the folder as an argument.
    pub(crate) fn path(&self) -> String {
        path_text(&self.folder)
    }

    /// Writes bytes as a delivered file; `place` is `us-east-1/2024/11/5/ConfigHistory/name`.
    pub(crate) fn bytes(&self, place: &str, bytes: &[u8]) -> Result<(), String> {
        let key = format!("AWSLogs/{ACCOUNT}/Config/{place}.json.gz");
        let path = self.folder.join(key);
        let parent = path.parent().ok_or("no folder")?;
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, bytes))
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Writes items as a delivered file.
    pub(crate) fn items(&self, place: &str, items: &[Value]) -> Result<(), String> {
        let delivery =
            json!({"fileVersion": "1.0", "configSnapshotId": place, "configurationItems": items});
        let mut file = GzEncoder::new(Vec::new(), Compression::fast());
        let written = file.write_all(delivery.to_string().as_bytes());
        let bytes = written.and_then(|()| file.finish());
        self.bytes(place, &bytes.map_err(|error| error.to_string())?)
    }
}

/// Returns an item; `state` is its state id.
pub(crate) fn item(kind: &str, id: &str, time: &str, state: u64, configuration: &Value) -> Value {
    json!({
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": time,
        "configurationStateId": state,
        "awsAccountId": ACCOUNT,
        "configurationItemStatus": "OK",
        "resourceType": kind,
        "resourceId": id,
        "awsRegion": "us-east-1",
        "configurationStateMd5Hash": "",
        "tags": {},
        "relationships": [],
        "supplementaryConfiguration": {},
        "configuration": configuration,
    })
}

/// Returns the item with some members changed; `null` takes a member away.
pub(crate) fn with(mut item: Value, changes: Value) -> Value {
    if let (Some(item), Value::Object(changes)) = (item.as_object_mut(), changes) {
        for (name, value) in changes {
            item.insert(name, value);
        }
    }
    item
}

/// The lake of oddities, with its tables `small.recommended`, `small.dated` and `small.article`:
/// nine items count in November 2024.
pub(crate) fn small(world: &World) -> Result<&'static Lake, String> {
    static SMALL: OnceLock<Result<Lake, String>> = OnceLock::new();
    let made = SMALL.get_or_init(|| {
        let lake = Lake::new("small-lake");
        write_small(&lake)?;
        world.seed(&lake.path(), "small", "small-bucket")?;
        Ok(lake)
    });
    made.as_ref().map_err(Clone::clone)
}

fn write_small(lake: &Lake) -> Result<(), String> {
    let bucket = |id: &str, state: u64, more: Value| {
        let made = item(
            "AWS::S3::Bucket",
            id,
            "2024-11-05T01:00:00.000Z",
            state,
            &json!({"name": id}),
        );
        with(made, more)
    };
    lake.items(
        "us-east-1/2024/11/5/ConfigHistory/buckets",
        &[
            bucket("b-absent", 1, json!({})),
            bucket(
                "b-null",
                2,
                json!({"resourceName": null, "tags": {"k": ""}}),
            ),
            bucket("b-empty", 3, json!({"resourceName": "", "ARN": ""})),
            bucket(
                "b-odd",
                4,
                json!({"resourceName": ODD_NAME, "tags": {"a'b": "c\"d", "é": ODD_NAME}}),
            ),
        ],
    )?;
    // Delivered twice, in two files of two days: counts once.
    let twice = bucket("b-twice", 5, json!({"resourceName": "twice"}));
    lake.items(
        "us-east-1/2024/11/5/ConfigHistory/twice-1",
        std::slice::from_ref(&twice),
    )?;
    lake.items("us-east-1/2024/11/6/ConfigHistory/twice-2", &[twice])?;
    // A snapshot counts never, but what comes after it is compared with it.
    let vpc = |id: &str, time: &str, state, dns: bool| {
        item(
            "AWS::EC2::VPC",
            id,
            time,
            state,
            &json!({"vpcId": id, "dns": dns}),
        )
    };
    lake.items(
        "us-east-1/2024/11/5/ConfigSnapshot/snapshot",
        &[
            vpc("vpc-changed", "2024-10-20T00:00:00.000Z", 10, false),
            vpc("vpc-same", "2024-10-20T00:00:00.000Z", 11, false),
            vpc("vpc-quiet", "2024-11-01T00:00:00.000Z", 12, false),
        ],
    )?;
    lake.items(
        "us-east-1/2024/11/5/ConfigHistory/vpcs",
        &[
            vpc("vpc-changed", "2024-11-05T02:00:00.000Z", 13, true),
            vpc("vpc-same", "2024-11-05T02:00:00.000Z", 14, false),
        ],
    )?;
    // What is global is delivered by the recorder of every Region.
    let role = |id: &str, state| {
        let made = item(
            "AWS::IAM::Role",
            id,
            "2024-11-05T03:00:00.000Z",
            state,
            &json!({"path": "/"}),
        );
        with(made, json!({"awsRegion": "global", "resourceName": id}))
    };
    for region in ["us-east-1", "eu-west-1"] {
        let place = format!("{region}/2024/11/5/ConfigHistory/roles");
        lake.items(&place, &[role("r-1", 20)])?;
    }
    // Its recorder's Region is another.
    lake.items(
        "eu-west-1/2024/11/7/ConfigHistory/roles",
        &[role("r-2", 21)],
    )
}
