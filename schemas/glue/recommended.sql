CREATE EXTERNAL TABLE IF NOT EXISTS `config_history`.`deliveries` (
  `fileversion` string,
  `configsnapshotid` string,
  `configurationitems` array<struct<
    configurationitemversion:string,
    configurationitemcapturetime:string,
    configurationstateid:string,
    awsaccountid:string,
    configurationitemstatus:string,
    resourcetype:string,
    resourceid:string,
    resourcename:string,
    arn:string,
    awsregion:string,
    availabilityzone:string,
    resourcecreationtime:string,
    recordingfrequency:string,
    tags:string,
    configuration:string,
    supplementaryconfiguration:string,
    relationships:string>>
)
PARTITIONED BY (
  `account_id` string,
  `region` string,
  `year` string,
  `month` string,
  `day` string,
  `type` string
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES (
  'case.insensitive' = 'false',
  'mapping.arn' = 'ARN',
  'mapping.availabilityzone' = 'availabilityZone',
  'mapping.awsaccountid' = 'awsAccountId',
  'mapping.awsregion' = 'awsRegion',
  'mapping.configsnapshotid' = 'configSnapshotId',
  'mapping.configuration' = 'configuration',
  'mapping.configurationitemcapturetime' = 'configurationItemCaptureTime',
  'mapping.configurationitems' = 'configurationItems',
  'mapping.configurationitemstatus' = 'configurationItemStatus',
  'mapping.configurationitemversion' = 'configurationItemVersion',
  'mapping.configurationstateid' = 'configurationStateId',
  'mapping.fileversion' = 'fileVersion',
  'mapping.recordingfrequency' = 'recordingFrequency',
  'mapping.relationships' = 'relationships',
  'mapping.resourcecreationtime' = 'resourceCreationTime',
  'mapping.resourceid' = 'resourceId',
  'mapping.resourcename' = 'resourceName',
  'mapping.resourcetype' = 'resourceType',
  'mapping.supplementaryconfiguration' = 'supplementaryConfiguration',
  'mapping.tags' = 'tags'
)
STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://example-config-bucket/o-exampleorgid/AWSLogs/'
TBLPROPERTIES (
  'config_history.layout' = 'recommended',
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
  'projection.type.type' = 'enum',
  'projection.type.values' = 'ConfigHistory,ConfigSnapshot',
  'projection.year.range' = '2021,2029',
  'projection.year.type' = 'integer',
  'storage.location.template' = 's3://example-config-bucket/o-exampleorgid/AWSLogs/${account_id}/Config/${region}/${year}/${month}/${day}/${type}/'
)
