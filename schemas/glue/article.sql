CREATE EXTERNAL TABLE IF NOT EXISTS `config_history`.`deliveries` (
  `fileversion` string,
  `configurationitems` array<struct<
    configurationitemversion:string,
    configurationitemcapturetime:string,
    configurationstateid:bigint,
    awsaccountid:string,
    configurationitemstatus:string,
    resourcetype:string,
    resourceid:string,
    resourcename:string,
    arn:string,
    awsregion:string,
    availabilityzone:string,
    configurationstatemd5hash:string,
    resourcecreationtime:string,
    tags:map<string,string>>>
)
PARTITIONED BY (
  `account_id` string,
  `region` string,
  `year` string,
  `month` string,
  `day` string
)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://example-config-bucket/o-exampleorgid/AWSLogs/'
TBLPROPERTIES (
  'config_history.layout' = 'article',
  'config_history.managed' = '1',
  'projection.account_id.type' = 'enum',
  'projection.account_id.values' = '111122223333,444455556666',
  'projection.day.range' = '1,31',
  'projection.day.type' = 'integer',
  'projection.enabled' = 'true',
  'projection.month.range' = '1,12',
  'projection.month.type' = 'integer',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'ap-northeast-1,us-east-1',
  'projection.year.range' = '2021,2999',
  'projection.year.type' = 'integer',
  'storage.location.template' = 's3://example-config-bucket/o-exampleorgid/AWSLogs/${account_id}/Config/${region}/${year}/${month}/${day}/'
)
