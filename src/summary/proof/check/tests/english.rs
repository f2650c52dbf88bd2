//! English sentences with their verdicts.

use super::{C, N, U, V, expect, fixture::facts};

#[test]
fn counts() {
    expect(
        &facts(true),
        "en",
        &[
            ("There were 76 configuration items in November 2024.", V),
            ("There were 77 configuration items in November 2024.", C),
            (
                "The organisation recorded 76 items, of which 37 were real changes.",
                V,
            ),
            (
                "The organisation recorded 76 items, of which 38 were real changes.",
                C,
            ),
            ("Of 76 items, 37 were real changes.", V),
            ("37 of the 76 items were real changes.", V),
            ("36 of the 76 items were real changes.", C),
            ("37 of them were real changes.", V),
            ("4 of the 12 resources were deleted.", V),
            ("4 of the 13 resources were deleted.", C),
            ("29 of the 76 items were in account 444455556666.", U),
            (
                "76 items, 37 real changes, on 12 resources in 3 accounts and 4 Regions.",
                V,
            ),
            (
                "76 items, 37 real changes, on 12 resources in 3 accounts and 5 Regions.",
                C,
            ),
            ("There were 6 resource types.", V),
            ("There were 38 echoes.", V),
            ("38 items were echoes.", V),
            ("37 items were echoes.", C),
            ("Items: 76", V),
            ("Real changes: 38", C),
            ("Account 111122223333 had 42 items.", V),
            ("Account 111122223333 had 29 items.", C),
            (
                "Account 111122223333 had 42 items, and account 444455556666 had 29.",
                V,
            ),
            (
                "Account 111122223333 had 42 items, and account 444455556666 had 42.",
                C,
            ),
            (
                "In account 111122223333, there were 42 items and 22 real changes.",
                V,
            ),
            (
                "In account 111122223333, there were 42 items and 10 real changes.",
                C,
            ),
            (
                "Account 111122223333 had 42 items, of which 16 were in us-east-1.",
                V,
            ),
            (
                "Account 111122223333 had 42 items, of which 35 were in us-east-1.",
                C,
            ),
            ("us-east-1 had 35 items.", V),
            ("There were 33 items in ap-northeast-1.", V),
            ("There were 35 items in ap-northeast-1.", C),
            ("There were 33 items in Tokyo.", V),
            ("AWS::S3::Bucket had 24 items.", V),
            ("There were 24 items on S3 buckets.", V),
            ("There were 22 items on S3 buckets.", C),
            ("EC2 instances had 22 items and 13 real changes.", V),
            (
                "There were 6 items on Lambda functions in account 444455556666.",
                V,
            ),
            ("2 Lambda functions had items.", U),
            ("There were 2 Lambda functions.", V),
            ("There were 3 Lambda functions.", C),
            ("`web-server` had 12 items and 7 real changes.", V),
            ("`web-server` had 12 items and 12 real changes.", C),
            ("i-0a11aa11 had 12 items.", V),
            ("The instance web-server had 7 real changes.", V),
            ("There were 8 items on November 26.", V),
            ("On 2024-11-26 there were 7 real changes.", V),
            ("On 26 November there were 8 real changes.", C),
            ("11-12 had 26 items.", V),
            ("On 12th November there were 31 items.", C),
            ("There were items on 5 days.", V),
            ("There were 5 departures.", V),
            ("There were 6 departures.", C),
            ("There were 2 security events.", V),
            ("There were 3 security events.", C),
            ("There were 3 recorders.", V),
        ],
    );
}

#[test]
fn numerals() {
    expect(
        &facts(true),
        "en",
        &[
            ("There were seventy-six items.", V),
            ("There were seventy-five items.", C),
            ("There were twelve resources.", V),
            ("There were a dozen resources.", V),
            ("There were two dozen resources.", C),
            ("There were ７６ items.", V),
            ("There were 76.0 items.", V),
            ("There were 7,6 items.", U),
            ("There were 76k items.", U),
            ("There were 0076 items.", V),
            ("There were about 76 items.", V),
            ("There were about 80 items.", C),
            ("There were roughly 75 items.", C),
            ("There were more than 70 items.", U),
            ("There were at least 76 items.", U),
            ("There were over 70 items.", U),
            ("There were several items.", U),
            ("There were **76** items.", V),
            ("There were _76_ items.", V),
        ],
    );
}

#[test]
fn kinds() {
    expect(
        &facts(true),
        "en",
        &[
            ("4 resources were deleted.", V),
            ("5 resources were deleted.", C),
            ("There were 4 deletions.", V),
            ("There were 26 deletions.", C),
            (
                "4 resources were deleted, 3 of them in account 444455556666.",
                V,
            ),
            (
                "4 resources were deleted, 1 of them in account 444455556666.",
                C,
            ),
            ("3 resources were created.", V),
            ("Created resources: 3", V),
            ("Deleted resources: 3", C),
            ("There were 26 settings changes.", V),
            ("There were 4 tag changes.", V),
            ("2 EC2 instances were deleted in account 444455556666.", V),
            ("2 EC2 instances were deleted in account 111122223333.", C),
            ("1 resource was seen for the first time.", V),
            ("`batch-1` was deleted.", V),
            ("`web-server` was deleted.", C),
            ("`worker-1` was created.", V),
            ("`web-server` was created.", C),
            ("Account 777788889999 is new.", V),
            ("Account 111122223333 is new.", C),
            ("The new account 777788889999 had 5 items.", V),
            ("`worker-1` is new.", V),
            ("`web-server` is new.", C),
            ("eu-west-1 appeared for the first time.", V),
            ("us-east-1 appeared for the first time.", C),
            ("Resources were deleted in account 444455556666.", V),
            ("Resources were deleted in account 777788889999.", C),
            ("No resources were deleted in account 777788889999.", V),
            ("No resources were deleted in account 444455556666.", C),
            ("`web-server` was not deleted.", V),
            ("`batch-1` was not deleted.", C),
            ("There were no re-creations.", V),
            ("There were no items in October.", U),
            ("No items came from eu-central-1.", U),
            ("Nothing never happened to `web-server`.", U),
            ("There were 28 widgets.", U),
            ("3 new resources were found.", U),
        ],
    );
}

#[test]
fn months() {
    expect(
        &facts(true),
        "en",
        &[
            ("There were 82 items in October.", V),
            ("There were 76 items in October.", C),
            ("There were 82 items in November.", C),
            ("In the previous month there were 82 items.", V),
            (
                "There were 76 items in November, compared with 82 in October.",
                V,
            ),
            (
                "There were 76 items in November, compared with 76 in October.",
                C,
            ),
            ("There were 76 items (82 in October).", V),
            ("Items fell from 82 to 76.", V),
            ("Items fell from 82 in October to 76 in November.", V),
            ("Items rose from 82 to 76.", C),
            ("Items fell from 76 to 82.", C),
            ("Items fell by 6.", V),
            ("Items fell by 7.", C),
            ("Items rose by 6.", C),
            ("Real changes rose by 18 to 37.", V),
            ("Real changes rose by 18 to 38.", C),
            ("Real changes rose by 94.7%.", V),
            ("Real changes rose by 95%.", V),
            ("Real changes rose by 94%.", C),
            ("Real changes were up 94.7 percent.", V),
            ("There were 6 fewer items than in October.", V),
            ("There were 6 more items than in October.", C),
            ("There were 18 more real changes than in October.", V),
            (
                "Against October: 6 items fewer (-7.3%) and 18 real changes more (+94.7%).",
                V,
            ),
            (
                "Against October: 6 items fewer (-7.3%) and 18 real changes more (+94.8%).",
                C,
            ),
            ("Items fell.", V),
            ("Items rose.", C),
            ("Real changes increased while items decreased.", V),
            ("Real changes decreased while items increased.", C),
            ("There were fewer items than in October.", V),
            ("There were more items than in October.", C),
            ("There were more items.", U),
            (
                "Account 111122223333 had fewer items than account 444455556666.",
                U,
            ),
            ("Account 444455556666 had as many items as in October.", V),
            ("Account 111122223333 had as many items as in October.", C),
            ("Real changes nearly doubled.", U),
            ("Items in account 111122223333 dropped by 8.", V),
            ("Items in account 111122223333 dropped from 50 to 42.", V),
            ("There were 82 items in September.", U),
            ("There were 76 items in November 2023.", U),
            ("There were 76 items on October 26.", U),
            ("Activity rose.", U),
        ],
    );
}

#[test]
fn shares_and_ranks() {
    expect(
        &facts(true),
        "en",
        &[
            ("Account 111122223333 accounted for 55.3% of items.", V),
            ("Account 111122223333 accounted for 55% of all items.", V),
            ("Account 111122223333 accounted for 55% of the items.", V),
            ("Account 111122223333 accounted for 56% of the items.", C),
            ("Half of the items were echoes.", U),
            ("50% of the items were echoes.", V),
            ("51% of the items were echoes.", C),
            ("48.7% of the items were real changes.", V),
            ("Most of the items came from account 111122223333.", V),
            ("Most of the items came from account 444455556666.", C),
            (
                "The majority of real changes happened in account 111122223333.",
                V,
            ),
            (
                "The majority of deletions happened in account 444455556666.",
                V,
            ),
            (
                "The majority of deletions happened in account 111122223333.",
                C,
            ),
            ("Account 111122223333 had the most items.", V),
            ("Account 444455556666 had the most items.", C),
            ("The busiest account was 111122223333, with 42 items.", V),
            ("The busiest account was 111122223333 with 42 items.", V),
            ("The busiest account was 444455556666 with 29 items.", C),
            ("The busiest account was 111122223333.", V),
            ("us-east-1 had the most items.", V),
            ("ap-northeast-1 had the most real changes.", V),
            ("The busiest Region was us-east-1.", U),
            (
                "The account with the most items was 111122223333, followed by 444455556666 with 29.",
                V,
            ),
            (
                "The account with the most items was 111122223333, followed by 777788889999 with 5.",
                C,
            ),
            ("`web-server` had the most real changes.", V),
            ("`worker-1` had the most real changes.", C),
            ("Items peaked on November 5.", V),
            ("Items peaked on November 12.", C),
            ("November 12 had the most real changes.", V),
            ("Account 777788889999 had the fewest items.", V),
            ("S3 buckets had the most items of all types.", U),
            (
                "The resource type with the most items was AWS::S3::Bucket.",
                V,
            ),
            (
                "The resource type with the most items was AWS::EC2::Instance.",
                C,
            ),
            ("The largest increase was in account 111122223333.", U),
        ],
    );
}

#[test]
fn cost_and_departures() {
    expect(
        &facts(true),
        "en",
        &[
            ("Recording cost $0.228.", V),
            ("The estimated recording cost was $0.23.", V),
            ("The estimated recording cost was $0.22.", C),
            ("The cost fell by $0.018.", V),
            ("The cost rose by $0.018.", C),
            ("The cost fell from $0.246 to $0.228.", V),
            ("The cost of echoes was $0.114.", V),
            ("The cost of real changes was $0.114.", C),
            ("S3 buckets cost $0.072.", V),
            ("S3 buckets cost $0.066.", C),
            ("Account 111122223333 cost $0.126.", U),
            ("The cost was 0.228.", U),
            ("There were $76 items.", C),
            ("Unusual: `web-server` had 7 real changes, 2.1 expected.", V),
            ("Unusual: `web-server` had 7 real changes, 2 expected.", V),
            ("Unusual: `web-server` had 7 real changes, 3.1 expected.", C),
            ("`worker-1` had 3 real changes, 2.1 expected.", U),
            (
                "Mass deletion in account 444455556666 in ap-northeast-1: 2 deletions.",
                V,
            ),
            (
                "Mass deletion in account 444455556666 in ap-northeast-1: 3 deletions.",
                C,
            ),
            ("Mass deletion in account 111122223333: 1 deletion.", U),
            ("At 09:10, `edge` was open.", U),
            ("`edge` at 09:10 on November 12.", V),
            ("`edge` at 09:11 on November 12.", U),
        ],
    );
}

#[test]
fn names_and_words() {
    expect(
        &facts(true),
        "en",
        &[
            ("Account 999900001111 had 42 items.", C),
            ("There were 42 items in eu-central-1.", C),
            ("AWS::SQS::Queue had 24 items.", C),
            ("i-0deadbeef had 12 items.", C),
            ("`no-such-thing` had 12 items.", C),
            ("arn:aws:s3:::secrets had 12 items.", C),
            ("`web-server` in account 444455556666 had 12 items.", C),
            (
                "Accounts 111122223333 and 444455556666 had 42 and 29 items.",
                U,
            ),
            ("Hello everyone.", N),
            ("This is the monthly report.", N),
            ("A calm month.", N),
            (
                "Account 111122223333 had 42 items because of a migration.",
                U,
            ),
            ("Items fell due to the freeze.", U),
            ("All 76 items were in account 111122223333.", U),
            ("Every account had 42 items.", U),
            ("The 76 items leaked passwords.", U),
            ("There were 76 items in production.", U),
            ("There were 76 failed items.", U),
            ("76 people logged in.", U),
            ("76.", U),
            ("Version 2 was released.", U),
            ("There should be 76 items.", U),
            ("Please review everything.", N),
            ("It had 42 items.", U),
            ("Account 111122223333 was compromised.", U),
            ("The S3 and EC2 teams met.", U),
        ],
    );
}
