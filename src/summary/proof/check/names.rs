//! Names in a text: accounts, Regions, types and resources, each known to the month or not.

use std::collections::BTreeMap;

use super::subject::Subject;
use crate::{
    analysis::{Cell, When},
    summary::facts::{EntityId, EntityKind, Facts, Quantity, Value},
};

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// One of several where the name alone does not tell.
    Known(Vec<Subject>),
    /// Words that a fact has for what happened: a rule, a departure.
    Title(String),
    /// Known not to be of this month.
    Wrong(String),
    /// Nothing tells what it is.
    Obscure(String),
    /// Not seen among the items, as it is written; absence may be claimed of it.
    Unseen(String),
}

/// All names of a month.
pub(super) struct Index<'f> {
    pub(super) facts: &'f Facts,
    by_name: BTreeMap<&'f str, Vec<EntityId>>,
    /// Names of resources that are no words of ASCII, the longest first.
    foreign: Vec<&'f str>,
    /// What people call types, in small letters.
    phrases: BTreeMap<String, Vec<EntityId>>,
    titles: Vec<&'static str>,
    /// Whether every resource of the month is among the facts.
    lists_all: bool,
}

impl<'f> Index<'f> {
    pub(super) fn of(facts: &'f Facts) -> Self {
        let mut by_name: BTreeMap<&str, Vec<EntityId>> = BTreeMap::new();
        let mut phrases: BTreeMap<String, Vec<EntityId>> = BTreeMap::new();
        let mut foreign = Vec::new();
        let mut resources = 0_u64;
        for (id, entity) in facts.entities.iter() {
            by_name.entry(&entity.name).or_default().push(id);
            if entity.key != entity.name {
                by_name.entry(&entity.key).or_default().push(id);
            }
            match entity.kind {
                EntityKind::Type => {
                    for phrase in phrases_of(&entity.name) {
                        phrases.entry(phrase).or_default().push(id);
                    }
                }
                EntityKind::Resource => {
                    resources += 1;
                    if !entity.name.is_ascii() && entity.name.chars().count() > 1 {
                        foreign.push(entity.name.as_str());
                    }
                }
                _ => {}
            }
        }
        for (place, region) in PLACES {
            let known = facts.entities.find(EntityKind::Region, region);
            phrases
                .entry((*place).to_owned())
                .or_default()
                .extend(known);
        }
        phrases.retain(|_, ids| !ids.is_empty());
        foreign.sort_unstable_by_key(|name| std::cmp::Reverse(name.len()));
        foreign.dedup();
        let mut titles: Vec<&'static str> = facts
            .facts
            .iter()
            .flat_map(|fact| &fact.fields)
            .filter_map(|field| match &field.value {
                Value::What(en, ja) if field.quantity == Quantity::What && field.name == "what" => {
                    Some([*en, *ja])
                }
                _ => None,
            })
            .flatten()
            .collect();
        titles.sort_unstable_by_key(|title| std::cmp::Reverse(title.len()));
        titles.dedup();
        let all = facts.cube.sums(&Cell::default(), When::Now);
        Self {
            facts,
            by_name,
            foreign,
            phrases,
            titles,
            lists_all: all.is_some_and(|all| all.resources > 0 && all.resources <= resources),
        }
    }

    /// Returns the names of resources that can only be found as they are.
    pub(super) fn foreign(&self) -> &[&'f str] {
        &self.foreign
    }

    pub(super) fn titles(&self) -> &[&'static str] {
        &self.titles
    }

    /// Finds what has exactly this name or id.
    pub(super) fn exact(&self, name: &str) -> Option<Name> {
        if let Some(ids) = self.by_name.get(name) {
            return Some(self.known(ids));
        }
        // Facts do not list every resource; the rows have them all, by their ids.
        let cell = Cell {
            resource_id: Some(name),
            ..Cell::default()
        };
        let seen = |when| {
            let sums = self.facts.cube.sums(&cell, when);
            sums.is_some_and(|sums| sums.items > 0)
        };
        (seen(When::Now) || seen(When::Before)).then(|| {
            Name::Known(vec![Subject {
                resource: Some(name.to_owned()),
                ..Subject::default()
            }])
        })
    }

    fn known(&self, ids: &[EntityId]) -> Name {
        Name::Known(ids.iter().filter_map(|id| self.subject(*id)).collect())
    }

    pub(super) fn subject(&self, id: EntityId) -> Option<Subject> {
        let entity = self.facts.entities.get(id)?;
        let mut subject = Subject::default();
        let key = Some(entity.key.clone());
        match entity.kind {
            EntityKind::Account => subject.account = key,
            EntityKind::Region => subject.region = key,
            EntityKind::Type => subject.resource_type = key,
            EntityKind::Day => subject.day = key,
            EntityKind::Resource => {
                subject.resource = key;
                subject.entity = Some(id);
                for home in &entity.home {
                    subject.narrow_home(&self.subject(*home)?);
                }
            }
        }
        Some(subject)
    }

    /// Says what a word made like a name is; `None` where it is no name.
    pub(super) fn token(&self, word: &str) -> Option<Name> {
        let kind = shape(word);
        if kind != Shaped::Word
            && let Some(name) = self.exact(word)
        {
            return Some(name);
        }
        let list = |kind| self.list(kind);
        Some(match kind {
            Shaped::Account => Name::Unseen(format!(
                "no account {word} in this month; there are {}",
                list(EntityKind::Account)
            )),
            Shaped::Region => Name::Unseen(format!(
                "no Region {word} in this month; there are {}",
                list(EntityKind::Region)
            )),
            Shaped::Type => Name::Unseen(format!(
                "no type {word} in this month; there are {}",
                list(EntityKind::Type)
            )),
            Shaped::Id => Name::Wrong(format!("no resource {} in this month", shown(word))),
            Shaped::Name | Shaped::Word => return None,
        })
    }

    /// Says what a text in quotes or in a code span is.
    pub(super) fn quoted(&self, text: &str) -> Name {
        if let Some(name) = self.exact(text).or_else(|| self.token(text)) {
            return name;
        }
        let finding = format!("no {} among the names of this month", shown(text));
        if self.lists_all {
            Name::Wrong(finding)
        } else {
            Name::Obscure(finding)
        }
    }

    /// Finds what people call a type or a Region at the start of `text`, in small letters; returns
    /// how long it is.
    pub(super) fn phrase(&self, text: &str) -> Option<(usize, Name)> {
        let mut ends: Vec<usize> = text
            .char_indices()
            .map(|(at, c)| at + c.len_utf8())
            .take(MOST_IN_PHRASE)
            .collect();
        ends.reverse();
        let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        ends.into_iter().find_map(|end| {
            let tail = text.get(end..)?;
            let phrase = text.get(..end)?;
            let is_cut = phrase.ends_with(is_letter) && tail.starts_with(is_letter);
            let ids = self.phrases.get(phrase).filter(|_| !is_cut)?;
            Some((end, self.known(ids)))
        })
    }

    fn list(&self, kind: EntityKind) -> String {
        let mut names: Vec<&str> = self
            .facts
            .entities
            .iter()
            .filter(|(_, entity)| entity.kind == kind)
            .map(|(_, entity)| entity.name.as_str())
            .collect();
        let more = names.len().saturating_sub(MOST_LISTED);
        names.truncate(MOST_LISTED);
        let mut list = names.join(", ");
        if more > 0 {
            list.extend([format!(" and {more} more")]);
        }
        list
    }
}

const MOST_LISTED: usize = 6;
const MOST_IN_PHRASE: usize = 48;

/// A name as it can be shown: without hidden characters, and not long.
pub(super) fn shown(name: &str) -> String {
    let visible = crate::domain::visible(name);
    let mut short: String = visible.chars().take(60).collect();
    if visible.chars().nth(60).is_some() {
        short.push('…');
    }
    format!("\u{201C}{short}\u{201D}")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shaped {
    Account,
    Region,
    Type,
    /// An id that AWS gave, or an ARN.
    Id,
    /// What people may have named something.
    Name,
    /// Letters only.
    Word,
}

fn shape(word: &str) -> Shaped {
    let parts: Vec<&str> = word.split('-').collect();
    let letters = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    let digit = |part: &str| part.len() == 1 && part.chars().all(|c| c.is_ascii_digit());
    if word.len() == 12 && word.chars().all(|c| c.is_ascii_digit()) {
        return Shaped::Account;
    }
    if word.starts_with("AWS::") {
        return Shaped::Type;
    }
    if word.starts_with("arn:") {
        return Shaped::Id;
    }
    if let [first, middle @ .., last] = parts.as_slice() {
        let is_area = |part: &&&str| letters(part);
        if letters(first)
            && first.len() == 2
            && (1..=2).contains(&middle.len())
            && middle.iter().filter(is_area).count() == middle.len()
            && digit(last)
        {
            return Shaped::Region;
        }
        let hexadecimal = |part: &str| part.chars().all(|c| c.is_ascii_hexdigit());
        if letters(first)
            && !middle.iter().any(|part| !letters(part))
            && last.len() >= 5
            && hexadecimal(last)
            && last.contains(|c: char| c.is_ascii_digit())
        {
            return Shaped::Id;
        }
    }
    let is_marked = word.contains(|c: char| c.is_ascii_digit() || "-_/.:@".contains(c));
    if is_marked {
        Shaped::Name
    } else {
        Shaped::Word
    }
}

/// What people call a type: "lambda function", "s3 buckets", and "security groups" alone.
fn phrases_of(name: &str) -> Vec<String> {
    let mut parts = name.split("::").skip(1);
    let (Some(service), Some(noun)) = (parts.next(), parts.next()) else {
        return Vec::new();
    };
    let service = service.to_lowercase();
    let words = camel(noun).join(" ");
    let mut nouns = vec![words.clone(), plural(&words)];
    let spoken: Vec<&str> = SPOKEN
        .iter()
        .filter(|(of, _)| *of == name)
        .flat_map(|(_, phrases)| *phrases)
        .copied()
        .collect();
    let japanese = JAPANESE.iter().filter(|(of, _)| *of == noun);
    for (_, noun) in japanese {
        nouns.push((*noun).to_owned());
    }
    let mut phrases = vec![service.clone()];
    for noun in nouns {
        phrases.push(format!("{service} {noun}"));
        phrases.push(format!("{service}{noun}"));
        phrases.push(noun);
    }
    phrases.extend(spoken.into_iter().map(str::to_owned));
    phrases.retain(|phrase| !NO_NAMES.contains(&phrase.as_str()));
    phrases.sort_unstable();
    phrases.dedup();
    phrases
}

/// Ordinary words that some type is named by.
const NO_NAMES: &[&str] = &[
    "config",
    "batch",
    "backup",
    "account",
    "resource",
    "event",
    "rule",
    "type",
    "region",
    "day",
    "organizations",
    "organization",
    "events",
    "rules",
    "record",
    "records",
    "change",
    "item",
    "resource compliance",
    "resource compliances",
    "accounts",
    "regions",
    "resources",
    "types",
    "service",
    "services",
    "key",
    "keys",
    "サービス",
    "キー",
    "グループ",
    "budget",
    "glue",
    "shield",
    "transfer",
    "groups",
    "group",
    "users",
    "kind",
];

const SPOKEN: &[(&str, &[&str])] = &[
    (
        "AWS::RDS::DBInstance",
        &["rds instance", "rds instances", "rds インスタンス"],
    ),
    ("AWS::EC2::VPC", &["vpcs"]),
    (
        "AWS::DynamoDB::Table",
        &["dynamodb table", "dynamodb tables"],
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        &["load balancer", "load balancers", "ロードバランサー"],
    ),
];

const JAPANESE: &[(&str, &str)] = &[
    ("Function", "関数"),
    ("Bucket", "バケット"),
    ("Role", "ロール"),
    ("Instance", "インスタンス"),
    ("DBInstance", "インスタンス"),
    ("Table", "テーブル"),
    ("Queue", "キュー"),
    ("Topic", "トピック"),
    ("Policy", "ポリシー"),
    ("User", "ユーザー"),
    ("Group", "グループ"),
    ("Cluster", "クラスター"),
    ("Cluster", "クラスタ"),
    ("Volume", "ボリューム"),
    ("Subnet", "サブネット"),
    ("SecurityGroup", "セキュリティグループ"),
    ("SecurityGroup", "セキュリティ グループ"),
    ("NetworkInterface", "ネットワークインターフェイス"),
    ("NetworkInterface", "ネットワークインターフェース"),
    ("RouteTable", "ルートテーブル"),
    ("Alarm", "アラーム"),
    ("Stack", "スタック"),
    ("Pipeline", "パイプライン"),
    ("Certificate", "証明書"),
    ("Secret", "シークレット"),
    ("Repository", "リポジトリ"),
    ("LoadBalancer", "ロードバランサー"),
    ("Snapshot", "スナップショット"),
    ("Trail", "証跡"),
    ("InternetGateway", "インターネットゲートウェイ"),
    ("NatGateway", "NAT ゲートウェイ"),
    ("Key", "キー"),
    ("TaskDefinition", "タスク定義"),
    ("Service", "サービス"),
    ("Keyspace", "キースペース"),
];

const PLACES: &[(&str, &str)] = &[
    ("tokyo", "ap-northeast-1"),
    ("東京", "ap-northeast-1"),
    ("東京リージョン", "ap-northeast-1"),
    ("osaka", "ap-northeast-3"),
    ("大阪", "ap-northeast-3"),
    ("seoul", "ap-northeast-2"),
    ("ソウル", "ap-northeast-2"),
    ("singapore", "ap-southeast-1"),
    ("シンガポール", "ap-southeast-1"),
    ("sydney", "ap-southeast-2"),
    ("シドニー", "ap-southeast-2"),
    ("mumbai", "ap-south-1"),
    ("virginia", "us-east-1"),
    ("northern virginia", "us-east-1"),
    ("n. virginia", "us-east-1"),
    ("バージニア", "us-east-1"),
    ("バージニア北部", "us-east-1"),
    ("ohio", "us-east-2"),
    ("オハイオ", "us-east-2"),
    ("oregon", "us-west-2"),
    ("オレゴン", "us-west-2"),
    ("ireland", "eu-west-1"),
    ("アイルランド", "eu-west-1"),
    ("london", "eu-west-2"),
    ("ロンドン", "eu-west-2"),
    ("paris", "eu-west-3"),
    ("frankfurt", "eu-central-1"),
    ("フランクフルト", "eu-central-1"),
    ("stockholm", "eu-north-1"),
];

/// Divides `DBInstance` into "db" and "instance".
fn camel(noun: &str) -> Vec<String> {
    let chars: Vec<char> = noun.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let begins = c.is_uppercase()
            && (before.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit())
                || (before.is_some_and(|c| c.is_uppercase())
                    && after.is_some_and(|c| c.is_lowercase())));
        if begins || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words
}

fn plural(noun: &str) -> String {
    let is_vowel = |c: Option<char>| c.is_some_and(|c| "aeiou".contains(c));
    if let Some(stem) = noun.strip_suffix('y')
        && !is_vowel(stem.chars().next_back())
    {
        return format!("{stem}ies");
    }
    if ["s", "x", "ch", "sh"].iter().any(|end| noun.ends_with(end)) {
        return format!("{noun}es");
    }
    format!("{noun}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        for (word, shaped) in [
            ("111122223333", Shaped::Account),
            ("ap-northeast-1", Shaped::Region),
            ("us-gov-east-1", Shaped::Region),
            ("AWS::S3::Bucket", Shaped::Type),
            ("i-0abc123", Shaped::Id),
            ("arn:aws:s3:::logs", Shaped::Id),
            ("web-server", Shaped::Name),
            ("alias/orders", Shaped::Name),
            ("re-created", Shaped::Name),
            ("logs", Shaped::Word),
        ] {
            assert_eq!(shape(word), shaped, "{word}");
        }
    }

    #[test]
    fn types_have_names_that_people_say() {
        let phrases = phrases_of("AWS::EC2::SecurityGroup");
        for phrase in [
            "security groups",
            "ec2 security group",
            "セキュリティグループ",
        ] {
            assert!(phrases.iter().any(|of| of == phrase), "{phrase}");
        }
        assert_eq!(camel("DBInstance"), ["db", "instance"]);
        assert_eq!(plural("policy"), "policies");
        assert_eq!(plural("key"), "keys");
    }
}
