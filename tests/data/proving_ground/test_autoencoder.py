"""The autoencoder has four numbers for each cell."""

from spuriforge.data.proving_ground.autoencoder import (
    encoded,
    new_autoencoder,
    reconstructed,
    rendered,
)


def test_the_autoencoder_has_four_numbers_a_cell() -> None:
    vae, images = new_autoencoder(), rendered(3, 0)
    assert encoded(vae, images).shape == (3, 4, 16, 16)
    assert reconstructed(vae, images).shape == images.shape
