//! The resource types of the lake: how many there are of each, and what happens to them.

use self::Kind::{
    Alarm, Bucket, Compliance, Database, Function, Group, Instance, Interface, Inventory, Key,
    Policy, Queue, Role, RouteTable, Service, Stack, Subnet, Table, TaskDefinition, User, Volume,
    Vpc,
};

/// A resource type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Instance,
    Interface,
    Group,
    Volume,
    Subnet,
    Vpc,
    RouteTable,
    Role,
    Policy,
    User,
    Bucket,
    Function,
    Database,
    Table,
    Alarm,
    Inventory,
    Service,
    TaskDefinition,
    Key,
    Queue,
    Stack,
    Compliance,
}

/// What is peculiar to a resource type.
#[derive(Debug)]
pub(crate) struct Traits {
    pub(crate) kind: Kind,
    /// The name AWS has for it.
    pub(crate) name: &'static str,
    /// How many of a thousand resources are of this type.
    pub(crate) share: u32,
    /// How often something happens to resources of this type.
    pub(crate) activity: u64,
    /// What happens.
    pub(crate) mix: Mix,
    /// Types that are shown again when something happens to one of this type.
    pub(crate) echoes: &'static [Kind],
    /// Whether the id is a name, so that the same one can come back.
    pub(crate) keeps_id: bool,
}

/// How often each thing happens, relative to one another.
#[derive(Debug)]
pub(crate) struct Mix {
    pub(crate) settings: u64,
    pub(crate) tags: u64,
    pub(crate) echo: u64,
    pub(crate) volatile: u64,
    pub(crate) identical: u64,
    /// Deleted where it lives, discovered where it does not.
    pub(crate) lifecycle: u64,
}

impl Kind {
    /// What is peculiar to the type.
    pub(crate) fn traits(self) -> &'static Traits {
        let all = REGIONAL.iter().chain(GLOBAL);
        // Every kind stands in one of the lists; the first stands in for none.
        all.clone()
            .find(|traits| traits.kind == self)
            .unwrap_or(&FIRST)
    }

    /// A number for the type, as part of seeds.
    pub(crate) fn number(self) -> u64 {
        self as u64
    }
}

const fn mix([settings, tags, echo, volatile, identical, lifecycle]: [u64; 6]) -> Mix {
    Mix {
        settings,
        tags,
        echo,
        volatile,
        identical,
        lifecycle,
    }
}

const fn traits(
    kind: Kind,
    name: &'static str,
    share: u32,
    activity: u64,
    six: [u64; 6],
    echoes: &'static [Kind],
    keeps_id: bool,
) -> Traits {
    Traits {
        kind,
        name,
        share,
        activity,
        mix: mix(six),
        echoes,
        keeps_id,
    }
}

const FIRST: Traits = traits(
    Instance,
    "AWS::EC2::Instance",
    70,
    80,
    [30, 6, 22, 0, 4, 38],
    &[Group, Subnet, Vpc, Volume, Interface],
    false,
);

/// Types that have a Region.
pub(crate) const REGIONAL: &[Traits] = &[
    FIRST,
    traits(
        Interface,
        "AWS::EC2::NetworkInterface",
        110,
        80,
        [12, 3, 35, 8, 2, 40],
        &[Group, Subnet, Instance],
        false,
    ),
    traits(
        Group,
        "AWS::EC2::SecurityGroup",
        90,
        70,
        [22, 3, 68, 0, 4, 3],
        &[Interface, Instance],
        false,
    ),
    traits(
        Volume,
        "AWS::EC2::Volume",
        100,
        40,
        [14, 4, 38, 8, 2, 34],
        &[Instance],
        false,
    ),
    traits(
        Subnet,
        "AWS::EC2::Subnet",
        30,
        60,
        [1, 2, 40, 55, 2, 0],
        &[],
        false,
    ),
    traits(Vpc, "AWS::EC2::VPC", 8, 8, [2, 4, 90, 0, 4, 0], &[], false),
    traits(
        RouteTable,
        "AWS::EC2::RouteTable",
        12,
        4,
        [0, 0, 0, 0, 0, 100],
        &[],
        false,
    ),
    traits(
        Bucket,
        "AWS::S3::Bucket",
        60,
        14,
        [54, 16, 10, 0, 10, 10],
        &[],
        true,
    ),
    traits(
        Function,
        "AWS::Lambda::Function",
        120,
        60,
        [40, 6, 14, 30, 4, 6],
        &[Group],
        true,
    ),
    traits(
        Database,
        "AWS::RDS::DBInstance",
        30,
        30,
        [18, 4, 18, 56, 2, 2],
        &[Group],
        false,
    ),
    traits(
        Table,
        "AWS::DynamoDB::Table",
        40,
        24,
        [26, 5, 4, 57, 4, 4],
        &[],
        true,
    ),
    traits(
        Alarm,
        "AWS::CloudWatch::Alarm",
        90,
        36,
        [10, 2, 6, 76, 2, 4],
        &[],
        true,
    ),
    traits(
        Inventory,
        "AWS::SSM::ManagedInstanceInventory",
        25,
        19,
        [30, 0, 10, 52, 8, 0],
        &[],
        false,
    ),
    traits(
        Service,
        "AWS::ECS::Service",
        35,
        34,
        [30, 3, 14, 50, 1, 2],
        &[Group, Subnet, TaskDefinition],
        true,
    ),
    traits(
        TaskDefinition,
        "AWS::ECS::TaskDefinition",
        40,
        16,
        [78, 0, 14, 0, 4, 4],
        &[Service],
        true,
    ),
    traits(
        Key,
        "AWS::KMS::Key",
        25,
        5,
        [40, 24, 26, 0, 8, 2],
        &[],
        false,
    ),
    traits(
        Queue,
        "AWS::SQS::Queue",
        35,
        10,
        [32, 14, 8, 38, 2, 6],
        &[],
        true,
    ),
    traits(
        Stack,
        "AWS::CloudFormation::Stack",
        30,
        18,
        [50, 6, 22, 12, 4, 6],
        &[Function],
        true,
    ),
    traits(
        Compliance,
        "AWS::Config::ResourceCompliance",
        50,
        40,
        [86, 0, 0, 0, 8, 6],
        &[],
        true,
    ),
];

/// Types of the whole account.
pub(crate) const GLOBAL: &[Traits] = &[
    traits(
        Role,
        "AWS::IAM::Role",
        500,
        50,
        [34, 6, 34, 18, 2, 6],
        &[Policy],
        false,
    ),
    traits(
        Policy,
        "AWS::IAM::Policy",
        300,
        30,
        [30, 4, 30, 28, 2, 6],
        &[Role],
        false,
    ),
    traits(
        User,
        "AWS::IAM::User",
        200,
        12,
        [30, 8, 20, 34, 2, 6],
        &[Policy],
        false,
    ),
];
