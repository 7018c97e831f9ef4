import { picturesOf } from "./brand-pictures.ts";

export const onExecutePostLogin = picturesOf("birch");
