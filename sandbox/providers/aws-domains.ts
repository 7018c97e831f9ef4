// The resource types of the aws stand-in for ACM and Route 53.
import type { ControlPlane } from "../edge/control-plane.ts";
import type { DnsRecord } from "../edge/edge-state.ts";
import { allTags, regionOf } from "./aws-settings.ts";
import type { AwsSettings } from "./aws-settings.ts";
import { notEvaluated, oneOf } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";

export function domainResources(
  api: ControlPlane,
  settings: () => AwsSettings,
): Readonly<Record<string, ResourceImplementation>> {
  return {
    "aws:acm/certificate:Certificate": certificate(),
    "aws:acm/certificateValidation:CertificateValidation": {
      computed: ["region"],
      replaceOnChanges: ["certificateArn", "region", "validationRecordFqdns"],
      // The provider waits up to 75 minutes for the record. The stand-in does not wait.
      create(inputs) {
        const arn = inputs["certificateArn"] as string;
        if (!api.validateCertificate(arn))
          throw new Error(
            `waiting for ACM Certificate (${arn}) to be issued: ` +
              "timeout while waiting for state to become 'true' (last state: 'false')",
          );
        return { id: new Date().toISOString(), outputs: { ...inputs, region: regionOf(inputs, settings()) } };
      },
      read(id, state) {
        const found = api.describeCertificate(state["certificateArn"] as string);
        return found?.issued ? { id, outputs: state } : undefined;
      },
      delete: () => undefined,
    },
    "aws:route53/record:Record": record(),
  };

  function certificate(): ResourceImplementation {
    const outputsOf = (arn: string, inputs: Properties): Properties => {
      const { domainName, validation, issued } = api.describeCertificate(arn) ?? fail(arn);
      return {
        ...inputs,
        arn,
        domainName,
        domainValidationOptions: [
          {
            domainName,
            resourceRecordName: validation.name,
            resourceRecordType: validation.type,
            resourceRecordValue: validation.value,
          },
        ],
        keyAlgorithm: "RSA_2048",
        region: arn.split(":")[3],
        status: issued ? "ISSUED" : "PENDING_VALIDATION",
        tagsAll: inputs["tagsAll"] ?? allTags(inputs, settings()),
        validationMethod: "DNS",
      };
    };
    return {
      computed: [
        ...["arn", "domainValidationOptions", "keyAlgorithm", "region", "status", "tagsAll", "validationMethod"],
      ],
      replaceOnChanges: ["domainName", "region", "validationMethod"],
      check: (inputs) => [
        ...notEvaluated(inputs, notEvaluatedOfCertificate),
        ...oneOf(inputs, "validationMethod", ["DNS"]),
      ],
      create(inputs) {
        const arn = api.requestCertificate(inputs["domainName"] as string, regionOf(inputs, settings()));
        return { id: arn, outputs: outputsOf(arn, inputs) };
      },
      read: (arn, state) => (api.describeCertificate(arn) ? { id: arn, outputs: outputsOf(arn, state) } : undefined),
      update: (arn, _state, inputs) => outputsOf(arn, inputs),
      delete(arn) {
        if (api.describeCertificate(arn)) api.deleteCertificate(arn);
      },
    };
  }

  function record(): ResourceImplementation {
    const recordOf = ({ name, type, records, ttl, aliases }: Properties): DnsRecord => {
      const [alias] = (aliases ?? []) as { name: string; zoneId: string }[];
      return {
        name: name as string,
        type: type as string,
        ...(records !== undefined && { values: records as string[] }),
        ...(ttl !== undefined && { ttl: Number(ttl) }),
        ...(alias && { alias: { name: alias.name, zoneId: alias.zoneId } }),
      };
    };
    const put = (inputs: Properties, overwrite: boolean) => {
      const zoneId = inputs["zoneId"] as string;
      const wanted = recordOf(inputs);
      api.putRecord(zoneId, wanted, { overwrite });
      const fqdn = wanted.name.replace(/\.$/, "");
      return { id: `${zoneId}_${fqdn}_${wanted.type}`, outputs: { ...inputs, fqdn } };
    };
    return {
      computed: ["fqdn"],
      replaceOnChanges: ["name", "type", "zoneId"],
      check(inputs) {
        const both =
          inputs["aliases"] !== undefined && (inputs["records"] !== undefined || inputs["ttl"] !== undefined);
        return [
          ...notEvaluated(inputs, notEvaluatedOfRecord),
          ...(both ? [{ property: "aliases", reason: '"aliases": conflicts with records, ttl' }] : []),
        ];
      },
      create: (inputs) => put(inputs, inputs["allowOverwrite"] === true),
      read(id, state) {
        // The id has the zone, the name and the type: that is all that an import knows.
        const [, zoneId = "", name = "", type = ""] = /^([^_]+)_(.+)_([A-Z]+)$/.exec(id) ?? [];
        const found = api.getRecord(zoneId, name, type);
        if (found === undefined) return undefined;
        const { values, ttl, alias } = found;
        const aliases = alias && [{ ...alias, evaluateTargetHealth: false }];
        const read = {
          ...(values && { records: values }),
          ...(ttl !== undefined && { ttl }),
          ...(aliases && { aliases }),
        };
        return {
          id,
          outputs: { name, type, zoneId, fqdn: name, ...read, ...state, ...(values && { records: values }) },
        };
      },
      update: (_id, _state, inputs) => put(inputs, true).outputs,
      delete(_id, { zoneId, name, type }) {
        api.deleteRecord(zoneId as string, name as string, type as string);
      },
    };
  }
}

// prettier-ignore
const notEvaluatedOfCertificate = [
  "certificateAuthorityArn", "certificateBody", "certificateChain", "earlyRenewalDuration", "keyAlgorithm", "options",
  "privateKey", "privateKeyWo", "subjectAlternativeNames", "validationOptions",
];

// prettier-ignore
const notEvaluatedOfRecord = [
  "cidrRoutingPolicy", "failoverRoutingPolicies", "geolocationRoutingPolicies", "geoproximityRoutingPolicy",
  "healthCheckId", "latencyRoutingPolicies", "multivalueAnswerRoutingPolicy", "setIdentifier",
  "weightedRoutingPolicies",
];

function fail(arn: string): never {
  throw new Error(`The certificate ${arn} is gone`);
}
