import { Login } from "@acme/platform";

export const { defaultPictureUrl } = new Login("login");
