// The smallest program with user pictures.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/pulumi-auth0-user-pictures/sdk/go/auth0userpictures"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		pictures, err := auth0userpictures.NewUserPictures(ctx, "pictures", &auth0userpictures.UserPicturesArgs{
			Store: &auth0userpictures.PictureStoreOptionsArgs{},
			DefaultPictures: &auth0userpictures.DefaultPicturesArgs{
				General: &auth0userpictures.DefaultPictureArgs{File: pulumi.StringRef("default-picture.png")},
			},
			Connections: map[string]auth0userpictures.SetUserRootAttributesInput{
				"google-oauth2": auth0userpictures.SetUserRootAttributesOnFirstLogin,
			},
		})
		if err != nil {
			return err
		}
		ctx.Export("pictureBaseUrl", pictures.PictureBaseUrl)
		ctx.Export("defaultPictureUrl", pictures.DefaultPictureUrl)
		return nil
	})
}
