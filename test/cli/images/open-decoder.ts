// Opens a decoder and keeps it, for a test that ends this process.
import { openPictureDecoder } from "../../../cli/images/picture-decoder.ts";
import { picture } from "../../components/picture-store/pictures.ts";
import { decoderPids } from "./decoder-pids.ts";

await openPictureDecoder({ processes: 1 }).process(picture("png"));
process.send?.(decoderPids());
