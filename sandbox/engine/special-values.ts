// How Pulumi marks values of a special kind, in a stack's state and on the wire to providers (pulumi/pulumi,
// sdk/go/common/resource/sig): an object that has one of the signatures under `signatureKey`.

export const signatureKey = "4dabf18193072939515e22adb298388d";
export const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
export const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
