//! IAM and STS as transcripts: what is done, and what comes of it.

use super::*;
use expect_test::{Expect, expect};
use kernel::{
    At, Facts, MemoryBodies, MemoryRows, PartitionId, Position, Region, Secret, Timestamp, Uuid,
};
use tidemill_aws::{HttpRequest, Protocol};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}"#;
const MAY_READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}"#;

fn caller() -> kernel::Caller {
    kernel::Caller {
        account: AccountId::parse("000000000000").unwrap(),
        region: Region::parse("us-east-1").unwrap(),
        principal: "arn:aws:iam::000000000000:root".to_owned(),
        access_key_id: "AKIATEST".to_owned(),
        base_url: "http://test".to_owned(),
        request_id: Uuid::from_random([3; 16]),
    }
}

/// Sends query-protocol forms through decode, the core and encode, and shows what comes back.
fn check(script: &[(&str, &str)], expected: Expect) {
    let mut rows = MemoryRows::default();
    let mut bodies = MemoryBodies::default();
    let mut state = crate::State::load(PartitionId::of_identity(caller().account), &rows);
    let mut shown = String::new();
    for (index, (operation, form)) in script.iter().enumerate() {
        let request = HttpRequest {
            method: http::Method::POST,
            path: "/".to_owned(),
            query: String::new(),
            headers: http::HeaderMap::new(),
            body: format!("Action={operation}&Version=2010-05-08&{form}").into(),
        };
        let is_sts = *operation == "AssumeRole" || *operation == "GetCallerIdentity";
        let decoded = if is_sts {
            crate::sts::decode(operation, Protocol::Query, &request, &caller())
        } else {
            decode(operation, Protocol::Query, &request, &caller())
        };
        let at = At {
            now: Timestamp(1_800_000_000_000),
            partition: PartitionId(1),
            position: Position(index as u64 + 1),
            secret: Secret([7; 32]),
        };
        let answer = decoded.and_then(|work| {
            let reply = match work {
                crate::Work::Command(_, command) => {
                    let facts = Facts::default();
                    let mut turn = Turn::new(at, &facts, &mut rows, &mut bodies);
                    match state.apply(&mut turn, command).0 {
                        Ok(Outcome::Done(reply)) => Ok(reply),
                        Ok(Outcome::Wait(_)) => unreachable!("IAM never waits"),
                        Err(error) => Err(error),
                    }
                }
                crate::Work::Query(_, query) => {
                    let look = Look { now: at.now, at, rows: &rows, bodies: &bodies };
                    state.read(&look, query)
                }
                crate::Work::QueryAll(_) => unreachable!("identities live in one partition"),
            };
            reply.map_err(|error| error.wire())
        });
        let text = match answer {
            Ok(crate::Reply::Iam(reply)) => {
                body(encode(operation, Protocol::Query, reply, &caller()))
            }
            Ok(crate::Reply::Sts(reply)) => {
                body(crate::sts::encode(operation, Protocol::Query, reply, &caller()))
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                format!(
                    "{} {}: {}",
                    error.status,
                    error.query_code.as_deref().unwrap_or(&error.shape),
                    error.message
                )
            }
        };
        let text = if text.is_empty() { "done" } else { &text };
        shown.push_str(&format!("{operation}: {form}\n    {text}\n"));
    }
    expected.assert_eq(&shown);
}

/// The result element without the wrapping that every answer has.
fn body(response: tidemill_aws::HttpResponse) -> String {
    let text = String::from_utf8(response.body.to_vec()).unwrap();
    let start = text.find("Result>").map_or(text.len(), |at| at + 7);
    let end = text.rfind("Result>").and_then(|end| text[..end].rfind("</")).unwrap_or(text.len());
    text.get(start..end).unwrap_or_default().to_owned()
}

#[test]
fn a_role_is_created_read_back_and_deleted_only_when_bare() {
    let create = format!(
        "RoleName=intake&AssumeRolePolicyDocument={TRUST}&Tags.member.1.Key=team&Tags.member.1.Value=docs"
    );
    let inline = format!("RoleName=intake&PolicyName=p&PolicyDocument={MAY_READ}");
    check(
        &[
            ("CreateRole", &create),
            ("CreateRole", &create),
            ("GetRole", "RoleName=INTAKE"),
            ("GetRole", "RoleName=other"),
            (
                "AttachRolePolicy",
                "RoleName=intake&PolicyArn=arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            ),
            (
                "AttachRolePolicy",
                "RoleName=intake&PolicyArn=arn:aws:iam::000000000000:policy/missing",
            ),
            ("ListAttachedRolePolicies", "RoleName=intake"),
            ("DeleteRole", "RoleName=intake"),
            (
                "DetachRolePolicy",
                "RoleName=intake&PolicyArn=arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            ),
            ("PutRolePolicy", &inline),
            ("DeleteRole", "RoleName=intake"),
            ("DeleteRolePolicy", "RoleName=intake&PolicyName=p"),
            ("DeleteRole", "RoleName=intake"),
            ("ListRoles", ""),
        ],
        expect![[r#"
            CreateRole: RoleName=intake&AssumeRolePolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}&Tags.member.1.Key=team&Tags.member.1.Value=docs
                <Role><Arn>arn:aws:iam::000000000000:role/intake</Arn><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22%2A%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument><CreateDate>2027-01-15T08:00:00Z</CreateDate><MaxSessionDuration>3600</MaxSessionDuration><Path>/</Path><RoleId>AROAYBNKUXMVAS7HMYJHV</RoleId><RoleName>intake</RoleName><Tags><member><Key>team</Key><Value>docs</Value></member></Tags></Role>
            CreateRole: RoleName=intake&AssumeRolePolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}&Tags.member.1.Key=team&Tags.member.1.Value=docs
                409 EntityAlreadyExists: Role with name intake already exists.
            GetRole: RoleName=INTAKE
                <Role><Arn>arn:aws:iam::000000000000:role/intake</Arn><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22%2A%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument><CreateDate>2027-01-15T08:00:00Z</CreateDate><MaxSessionDuration>3600</MaxSessionDuration><Path>/</Path><RoleId>AROAYBNKUXMVAS7HMYJHV</RoleId><RoleName>intake</RoleName><Tags><member><Key>team</Key><Value>docs</Value></member></Tags></Role>
            GetRole: RoleName=other
                404 NoSuchEntity: The role with name other cannot be found.
            AttachRolePolicy: RoleName=intake&PolicyArn=arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
                done
            AttachRolePolicy: RoleName=intake&PolicyArn=arn:aws:iam::000000000000:policy/missing
                404 NoSuchEntity: Policy arn:aws:iam::000000000000:policy/missing does not exist or is not attachable.
            ListAttachedRolePolicies: RoleName=intake
                <AttachedPolicies><member><PolicyArn>arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole</PolicyArn><PolicyName>AWSLambdaBasicExecutionRole</PolicyName></member></AttachedPolicies><IsTruncated>false</IsTruncated>
            DeleteRole: RoleName=intake
                409 DeleteConflict: Cannot delete entity, must detach all policies first.
            DetachRolePolicy: RoleName=intake&PolicyArn=arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
                done
            PutRolePolicy: RoleName=intake&PolicyName=p&PolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}
                done
            DeleteRole: RoleName=intake
                409 DeleteConflict: Cannot delete entity, must delete policies first.
            DeleteRolePolicy: RoleName=intake&PolicyName=p
                done
            DeleteRole: RoleName=intake
                done
            ListRoles: 
                <IsTruncated>false</IsTruncated><Roles></Roles>
        "#]],
    );
}

#[test]
fn what_cannot_be_enforced_or_kept_is_refused_by_name() {
    check(
        &[
            ("CreateRole", "RoleName=r&AssumeRolePolicyDocument=nonsense"),
            (
                "CreateRole",
                "RoleName=r&AssumeRolePolicyDocument={}&PermissionsBoundary=arn:aws:iam::aws:policy/AdministratorAccess",
            ),
            ("CreateUser", "UserName=ann"),
            ("CreateAccessKey", "UserName=ann"),
            ("ListAccessKeys", "UserName=ann"),
            ("ListAccessKeys", "UserName=bob"),
            ("GetUser", ""),
            ("CreateGroup", "GroupName=g"),
        ],
        expect![[r#"
            CreateRole: RoleName=r&AssumeRolePolicyDocument=nonsense
                400 MalformedPolicyDocument: This policy contains invalid Json
            CreateRole: RoleName=r&AssumeRolePolicyDocument={}&PermissionsBoundary=arn:aws:iam::aws:policy/AdministratorAccess
                400 InvalidInput: The parameter PermissionsBoundary is not supported by this server.
            CreateUser: UserName=ann
                <User><Arn>arn:aws:iam::000000000000:user/ann</Arn><CreateDate>2027-01-15T08:00:00Z</CreateDate><Path>/</Path><UserId>AIDA7GKTTJUVIMNAZ7U7J</UserId><UserName>ann</UserName></User>
            CreateAccessKey: UserName=ann
                409 LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 0. This server does not enforce policies yet, so a user's key would be able to do everything; use the account's own key, or AssumeRole.
            ListAccessKeys: UserName=ann
                <AccessKeyMetadata></AccessKeyMetadata><IsTruncated>false</IsTruncated>
            ListAccessKeys: UserName=bob
                404 NoSuchEntity: The user with name bob cannot be found.
            GetUser: 
                400 ValidationError: Must specify userName when calling with non-User credentials
            CreateGroup: GroupName=g
                400 InvalidAction: IAM has no operation CreateGroup on this server.
        "#]],
    );
}

#[test]
fn a_managed_policy_keeps_five_versions_and_one_default() {
    let create = format!("PolicyName=read&PolicyDocument={MAY_READ}");
    let version = format!(
        "PolicyArn=arn:aws:iam::000000000000:policy/read&SetAsDefault=true&PolicyDocument={MAY_READ}"
    );
    check(
        &[
            ("CreatePolicy", &create),
            ("CreatePolicyVersion", &version),
            ("GetPolicyVersion", "PolicyArn=arn:aws:iam::000000000000:policy/read&VersionId=v2"),
            ("DeletePolicyVersion", "PolicyArn=arn:aws:iam::000000000000:policy/read&VersionId=v2"),
            ("DeletePolicy", "PolicyArn=arn:aws:iam::000000000000:policy/read"),
            ("DeletePolicyVersion", "PolicyArn=arn:aws:iam::000000000000:policy/read&VersionId=v1"),
            ("ListPolicyVersions", "PolicyArn=arn:aws:iam::000000000000:policy/read"),
            ("DeletePolicy", "PolicyArn=arn:aws:iam::000000000000:policy/read"),
            ("GetPolicy", "PolicyArn=arn:aws:iam::000000000000:policy/read"),
        ],
        expect![[r#"
            CreatePolicy: PolicyName=read&PolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}
                <Policy><Arn>arn:aws:iam::000000000000:policy/read</Arn><AttachmentCount>0</AttachmentCount><CreateDate>2027-01-15T08:00:00Z</CreateDate><DefaultVersionId>v1</DefaultVersionId><IsAttachable>true</IsAttachable><Path>/</Path><PermissionsBoundaryUsageCount>0</PermissionsBoundaryUsageCount><PolicyId>ANPAYBNKUXMVAS7HMYJHV</PolicyId><PolicyName>read</PolicyName><UpdateDate>2027-01-15T08:00:00Z</UpdateDate></Policy>
            CreatePolicyVersion: PolicyArn=arn:aws:iam::000000000000:policy/read&SetAsDefault=true&PolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}
                <PolicyVersion><CreateDate>2027-01-15T08:00:00Z</CreateDate><IsDefaultVersion>true</IsDefaultVersion><VersionId>v2</VersionId></PolicyVersion>
            GetPolicyVersion: PolicyArn=arn:aws:iam::000000000000:policy/read&VersionId=v2
                <PolicyVersion><CreateDate>2027-01-15T08:00:00Z</CreateDate><Document>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3AGet%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D</Document><IsDefaultVersion>true</IsDefaultVersion><VersionId>v2</VersionId></PolicyVersion>
            DeletePolicyVersion: PolicyArn=arn:aws:iam::000000000000:policy/read&VersionId=v2
                409 DeleteConflict: Cannot delete the default version of a policy.
            DeletePolicy: PolicyArn=arn:aws:iam::000000000000:policy/read
                409 DeleteConflict: This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.
            DeletePolicyVersion: PolicyArn=arn:aws:iam::000000000000:policy/read&VersionId=v1
                done
            ListPolicyVersions: PolicyArn=arn:aws:iam::000000000000:policy/read
                <IsTruncated>false</IsTruncated><Versions><member><CreateDate>2027-01-15T08:00:00Z</CreateDate><IsDefaultVersion>true</IsDefaultVersion><VersionId>v2</VersionId></member></Versions>
            DeletePolicy: PolicyArn=arn:aws:iam::000000000000:policy/read
                done
            GetPolicy: PolicyArn=arn:aws:iam::000000000000:policy/read
                404 NoSuchEntity: Policy arn:aws:iam::000000000000:policy/read does not exist or is not attachable.
        "#]],
    );
}

#[test]
fn a_role_is_assumed_by_its_own_account_for_as_long_as_it_allows() {
    let create = format!("RoleName=intake&AssumeRolePolicyDocument={TRUST}");
    check(
        &[
            ("GetCallerIdentity", ""),
            ("AssumeRole", "RoleArn=arn:aws:iam::000000000000:role/intake&RoleSessionName=run"),
            ("CreateRole", &create),
            ("AssumeRole", "RoleArn=arn:aws:iam::000000000000:role/intake&RoleSessionName=run"),
            ("AssumeRole", "RoleArn=arn:aws:iam::000000000001:role/intake&RoleSessionName=run"),
            (
                "AssumeRole",
                "RoleArn=arn:aws:iam::000000000000:role/intake&RoleSessionName=run&DurationSeconds=7200",
            ),
            (
                "AssumeRole",
                "RoleArn=arn:aws:iam::000000000000:role/intake&RoleSessionName=run&Policy={}",
            ),
        ],
        expect![[r#"
            GetCallerIdentity: 
                <Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn><UserId>000000000000</UserId>
            AssumeRole: RoleArn=arn:aws:iam::000000000000:role/intake&RoleSessionName=run
                403 AccessDenied: User: arn:aws:iam::000000000000:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/intake
            CreateRole: RoleName=intake&AssumeRolePolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}
                <Role><Arn>arn:aws:iam::000000000000:role/intake</Arn><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22%2A%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument><CreateDate>2027-01-15T08:00:00Z</CreateDate><MaxSessionDuration>3600</MaxSessionDuration><Path>/</Path><RoleId>AROA7GKTTJUVIMNAZ7U7J</RoleId><RoleName>intake</RoleName></Role>
            AssumeRole: RoleArn=arn:aws:iam::000000000000:role/intake&RoleSessionName=run
                <AssumedRoleUser><Arn>arn:aws:sts::000000000000:assumed-role/intake/run</Arn><AssumedRoleId>AROA7GKTTJUVIMNAZ7U7J:run</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>ASIAOEYCPAP5BUAQEKDT</AccessKeyId><Expiration>2027-01-15T09:00:00Z</Expiration><SecretAccessKey>Bu+DL6bTPqBHBTWPDRcZeT4yN/CdcveYc9MaAeIu</SecretAccessKey><SessionToken>/lrS33/PLOoT35kgHzpY/4R0QVNJQU9FWUNQQVA1QlVBUUVLRFQAeDFhcm46YXdzOnN0czo6MDAwMDAwMDAwMDAwOmFzc3VtZWQtcm9sZS9pbnRha2UvcnVuGwAAAaMYkz6A</SessionToken></Credentials>
            AssumeRole: RoleArn=arn:aws:iam::000000000001:role/intake&RoleSessionName=run
                403 AccessDenied: User: arn:aws:iam::000000000000:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000001:role/intake
            AssumeRole: RoleArn=arn:aws:iam::000000000000:role/intake&RoleSessionName=run&DurationSeconds=7200
                400 ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role: 3600.
            AssumeRole: RoleArn=arn:aws:iam::000000000000:role/intake&RoleSessionName=run&Policy={}
                400 ValidationError: The parameter Policy is not supported by this server.
        "#]],
    );
}
