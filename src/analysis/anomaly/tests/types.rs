//! What the generated organisations consist of.

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Rhythm {
    Office,
    Always,
}

/// Type, weight, changes a month, rhythm, share of the very busy.
pub(super) const TYPES: [(&str, usize, f64, Rhythm, f64); 16] = [
    ("AWS::EC2::Instance", 14, 1.0, Rhythm::Office, 0.03),
    ("AWS::EC2::SecurityGroup", 10, 0.6, Rhythm::Office, 0.0),
    ("AWS::EC2::NetworkInterface", 12, 1.5, Rhythm::Always, 0.05),
    ("AWS::EC2::Volume", 10, 0.4, Rhythm::Office, 0.0),
    ("AWS::EC2::Subnet", 5, 0.05, Rhythm::Office, 0.0),
    ("AWS::ECS::Service", 8, 12.0, Rhythm::Office, 0.3),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        5,
        20.0,
        Rhythm::Always,
        0.5,
    ),
    ("AWS::Lambda::Function", 14, 3.0, Rhythm::Office, 0.06),
    ("AWS::S3::Bucket", 9, 0.3, Rhythm::Office, 0.0),
    ("AWS::DynamoDB::Table", 6, 0.8, Rhythm::Always, 0.05),
    ("AWS::CloudFormation::Stack", 8, 3.0, Rhythm::Office, 0.1),
    ("AWS::CloudWatch::Alarm", 10, 2.0, Rhythm::Always, 0.03),
    ("AWS::IAM::Role", 10, 0.8, Rhythm::Office, 0.0),
    ("AWS::IAM::Policy", 6, 0.8, Rhythm::Office, 0.0),
    ("AWS::KMS::Key", 4, 0.0, Rhythm::Office, 0.0),
    ("AWS::RDS::DBInstance", 4, 0.6, Rhythm::Office, 0.0),
];
pub(super) const REGIONS: [&str; 3] = ["ap-northeast-1", "us-east-1", "eu-west-1"];
