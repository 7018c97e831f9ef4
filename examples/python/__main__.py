"""The smallest program with user pictures."""

import pulumi
from pulumi_auth0_user_pictures import (
    DefaultPictureArgs,
    DefaultPicturesArgs,
    PictureStoreOptionsArgs,
    SetUserRootAttributes,
    UserPictures,
)

pictures = UserPictures(
    "pictures",
    store=PictureStoreOptionsArgs(),
    default_pictures=DefaultPicturesArgs(general=DefaultPictureArgs(file="default-picture.png")),
    connections={"google-oauth2": SetUserRootAttributes.ON_FIRST_LOGIN},
)

pulumi.export("pictureBaseUrl", pictures.picture_base_url)
pulumi.export("defaultPictureUrl", pictures.default_picture_url)
