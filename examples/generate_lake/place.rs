//! Where resources live, and how they are called.

use super::kind::Kind;
use super::random::{hash, hex, letters, uuid, word};

/// Regions in the order in which a lake gets them.
const REGIONS: [&str; 12] = [
    "us-east-1",
    "eu-central-1",
    "ap-northeast-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "us-east-2",
    "eu-north-1",
    "ap-south-1",
    "ca-central-1",
    "sa-east-1",
    "eu-west-2",
];

/// Words that names are made of.
const SERVICES: [&str; 16] = [
    "orders",
    "billing",
    "catalogue",
    "search",
    "basket",
    "identity",
    "shipping",
    "returns",
    "pricing",
    "reports",
    "ledger",
    "notify",
    "media",
    "partner",
    "loyalty",
    "gateway",
];
const PARTS: [&str; 12] = [
    "api", "worker", "import", "export", "nightly", "events", "archive", "sync", "front", "batch",
    "audit", "cache",
];

/// The account and Region of resources; of those of the whole account the recorder's Region.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) account: String,
    pub(crate) region: String,
    /// What the names of these resources are made from.
    pub(crate) seed: u64,
    /// How many there are of each type, living or not.
    pub(crate) counts: Vec<(Kind, u32)>,
}

/// One resource of a place. The id of a type that keeps its ids comes back with the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) kind: Kind,
    pub(crate) index: u32,
    pub(crate) incarnation: u32,
}

/// The account number of an account of the lake.
pub(crate) fn account(seed: u64, index: u32) -> String {
    let number = hash(&[seed, u64::from(index), 1]) % 899_999_999_999;
    format!("{:012}", 100_000_000_000 + number)
}

/// The Region that comes at a place in the order.
pub(crate) fn region(index: u32) -> &'static str {
    word(&REGIONS, u64::from(index))
}

impl Place {
    /// A place of the lake without any resources yet.
    pub(crate) fn new(lake_seed: u64, account_index: u32, region_index: u32, seed: u64) -> Self {
        Self {
            account: account(lake_seed, account_index),
            region: region(region_index).to_owned(),
            seed,
            counts: Vec::new(),
        }
    }

    /// A number that belongs to a resource.
    pub(crate) fn seed_of(&self, name: Name) -> u64 {
        hash(&[
            self.seed,
            name.kind.number(),
            u64::from(name.index),
            u64::from(name.incarnation),
        ])
    }

    /// A resource of a type to which another one belongs, the same one each time; its first
    /// incarnation stands for all.
    pub(crate) fn home(&self, kind: Kind, seed: u64) -> Name {
        let count = self
            .counts
            .iter()
            .find(|(counted, _)| *counted == kind)
            .map_or(1, |(_, count)| u64::from(*count));
        let index = u32::try_from(hash(&[seed, kind.number()]) % count.max(1)).unwrap_or(0);
        Name {
            kind,
            index,
            incarnation: 0,
        }
    }

    /// The id of the resource to which another one belongs.
    pub(crate) fn home_id(&self, kind: Kind, seed: u64) -> String {
        self.id(self.home(kind, seed))
    }

    /// A name that people gave.
    pub(crate) fn given_name(&self, name: Name) -> String {
        let seed = self.seed_of(name);
        let (service, part) = (word(&SERVICES, seed), word(&PARTS, seed >> 8));
        format!("{service}-{part}-{}{}", name.index, hex(seed, 2))
    }

    /// The resource id.
    pub(crate) fn id(&self, name: Name) -> String {
        let seed = self.seed_of(name);
        let ec2 = |prefix: &str| format!("{prefix}-0{}", hex(seed, 16));
        let iam = |prefix: &str| {
            let tail = letters(seed, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17);
            format!("{prefix}{tail}")
        };
        match name.kind {
            Kind::Instance => ec2("i"),
            Kind::Interface => ec2("eni"),
            Kind::Group => ec2("sg"),
            Kind::Volume => ec2("vol"),
            Kind::Subnet => ec2("subnet"),
            Kind::Vpc => ec2("vpc"),
            Kind::RouteTable => ec2("rtb"),
            Kind::Role => iam("AROA"),
            Kind::Policy => iam("ANPA"),
            Kind::User => iam("AIDA"),
            Kind::Bucket => format!("{}-{}", self.given_name(name), self.account),
            Kind::Function | Kind::Table | Kind::Alarm | Kind::TaskDefinition => {
                self.given_name(name)
            }
            Kind::Database => format!("db-{}", hex(seed, 26).to_uppercase()),
            Kind::Inventory => self.id(Self::inventoried(name)),
            Kind::Service | Kind::Stack => self.arn_of(name),
            Kind::Key => uuid(seed),
            Kind::Queue => format!(
                "https://sqs.{}.amazonaws.com/{}/{}",
                self.region,
                self.account,
                self.given_name(name)
            ),
            Kind::Compliance => {
                let judged = Self::judged(name);
                format!("{}/{}", judged.kind.traits().name, self.id(judged))
            }
        }
    }

    /// The instance whose inventory this is.
    pub(crate) fn inventoried(name: Name) -> Name {
        Name {
            kind: Kind::Instance,
            ..name
        }
    }

    /// The resource that a compliance result is about.
    pub(crate) fn judged(name: Name) -> Name {
        let kind = match name.index % 3 {
            0 => Kind::Bucket,
            1 => Kind::Group,
            _ => Kind::Function,
        };
        Name {
            kind,
            index: name.index / 3,
            incarnation: 0,
        }
    }

    /// An ARN of a resource with a Region.
    pub(crate) fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{rest}", self.region, self.account)
    }

    /// An ARN of IAM.
    pub(crate) fn iam_arn(&self, rest: &str) -> String {
        format!("arn:aws:iam::{}:{rest}", self.account)
    }

    /// The ARN of a resource.
    pub(crate) fn arn_of(&self, name: Name) -> String {
        let given = || self.given_name(name);
        let ec2 = |what: &str| self.arn("ec2", &format!("{what}/{}", self.id(name)));
        match name.kind {
            Kind::Instance => ec2("instance"),
            Kind::Interface => ec2("network-interface"),
            Kind::Group => ec2("security-group"),
            Kind::Volume => ec2("volume"),
            Kind::Subnet => ec2("subnet"),
            Kind::Vpc => ec2("vpc"),
            Kind::RouteTable => ec2("route-table"),
            Kind::Role => self.iam_arn(&format!("role/{}", given())),
            Kind::Policy => self.iam_arn(&format!("policy/{}", given())),
            Kind::User => self.iam_arn(&format!("user/{}", given())),
            Kind::Bucket => format!("arn:aws:s3:::{}", self.id(name)),
            Kind::Function => self.arn("lambda", &format!("function:{}", given())),
            Kind::Database => self.arn("rds", &format!("db:{}", given())),
            Kind::Table => self.arn("dynamodb", &format!("table/{}", given())),
            Kind::Alarm => self.arn("cloudwatch", &format!("alarm:{}", given())),
            Kind::Inventory => self.arn(
                "ssm",
                &format!("managed-instance-inventory/{}", self.id(name)),
            ),
            Kind::Service => self.arn("ecs", &format!("service/main/{}", given())),
            Kind::TaskDefinition => self.arn("ecs", &format!("task-definition/{}", given())),
            Kind::Key => self.arn("kms", &format!("key/{}", self.id(name))),
            Kind::Queue => self.arn("sqs", &given()),
            Kind::Stack => {
                let id = uuid(self.seed_of(name));
                self.arn("cloudformation", &format!("stack/{}/{id}", given()))
            }
            Kind::Compliance => String::new(),
        }
    }

    /// The availability zone in which a resource lies.
    pub(crate) fn zone(&self, seed: u64) -> String {
        format!("{}{}", self.region, word(&["a", "b", "c"], seed >> 20))
    }
}
